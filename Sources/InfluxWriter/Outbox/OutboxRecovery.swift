/// What to do about a batch that is there beside its own pieces, because a process died while it replaced the one by
/// the others.
///
/// Pieces are written and synced, then the parent is deleted, then the folder synced, and only then is a piece sent. So
/// where a parent is still there, none of its pieces was sent: either may go, as long as the other stays whole. Where
/// all the pieces are there, the parent goes, and no work is lost; else the pieces go.
enum OutboxRecovery {
    enum Step: Equatable {
        /// Its pieces hold all of it.
        case removeParent(BatchName)
        /// Their parent holds all of them.
        case removePieces([BatchName])

        var names: [BatchName] {
            switch self {
            case .removeParent(let name): [name]
            case .removePieces(let names): names
            }
        }
    }

    /// The steps in the order in which they must be done; dying between two of them is fine. None for names that are
    /// not there twice over.
    ///
    /// - Parameters:
    ///   - names: all batches of a bucket that are pieces, and all that could be a parent of one; others do no harm.
    ///   - isWhole: whether the file of a piece can be read to its end. Asked before its parent is removed.
    static func steps(for names: [BatchName], isWhole: (BatchName) -> Bool = { _ in true }) -> [Step] {
        var steps: [Step] = []
        var left = Set(names)
        // Parents before their pieces, which may be parents themselves.
        for parent in names.sorted(by: { ($0.pieces.count, $0) < ($1.pieces.count, $1) }) {
            guard left.contains(parent), !hasTwin(parent, in: left) else { continue }
            let descendants = left.filter { $0.isDescendant(of: parent) }
            guard !descendants.isEmpty else { continue }
            let family = wholeFamily(of: parent, among: descendants, isWhole: isWhole)
            // The others first: with the parent gone they could not be told from what is to be sent.
            let others = descendants.filter { other in
                !family.contains { $0 == other || other.isDescendant(of: $0) }
            }
            if !others.isEmpty { steps.append(.removePieces(others.sorted())) }
            if !family.isEmpty { steps.append(.removeParent(parent)) }
            left.subtract(others)
            if !family.isEmpty { left.remove(parent) }
        }
        return steps
    }

    /// Pieces that make up the whole parent; none where there are no such. Of two such families, which no order of
    /// steps leaves behind, the smaller one.
    private static func wholeFamily(
        of parent: BatchName, among descendants: Set<BatchName>, isWhole: (BatchName) -> Bool
    ) -> [BatchName] {
        let children = descendants.filter { $0.pieces.count == parent.pieces.count + 1 }
        let families = Dictionary(grouping: children) { $0.pieces.last?.count ?? 0 }
        for (count, family) in families.sorted(by: { $0.key < $1.key })
        where isComplete(family, count: count, of: parent) && family.allSatisfy(isWhole) {
            return family
        }
        return []
    }

    private static func isComplete(_ family: [BatchName], count: Int, of parent: BatchName) -> Bool {
        let indices = Set(family.compactMap { $0.pieces.last?.index })
        guard family.count == count, indices.count == count else { return false }
        let lines = family.reduce(0) { $0 + $1.lines }
        // A single piece is what was left after lines became dead letters, which were synced before it was written.
        return count == 1 ? lines <= parent.lines : lines == parent.lines
    }

    /// Two files of one id, which no writer makes: it cannot be told whose the pieces are.
    private static func hasTwin(_ name: BatchName, in names: Set<BatchName>) -> Bool {
        names.contains { $0 != name && $0.pieces == name.pieces && $0.isSameBatch(as: name) }
    }
}

extension BatchName {
    /// Sealed as one batch, whatever became of it.
    func isSameBatch(as other: BatchName) -> Bool {
        sealedMicroseconds == other.sealedMicroseconds && writer == other.writer && number == other.number
    }

    func isDescendant(of other: BatchName) -> Bool {
        pieces.count > other.pieces.count && isSameBatch(as: other) && pieces.starts(with: other.pieces)
    }
}
