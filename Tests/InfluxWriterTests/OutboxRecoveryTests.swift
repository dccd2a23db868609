import Testing

@testable import InfluxWriter

@Suite("Outbox recovery")
struct OutboxRecoveryTests {
    private let parent = Sample.name(10, lines: 4)

    private func pieces(_ lines: Int...) -> [BatchName] {
        lines.enumerated().map { index, count in
            parent.piece(BatchName.Piece(index + 1, of: lines.count)!, lines: count)!
        }
    }

    private func after(_ names: [BatchName], isWhole: (BatchName) -> Bool = { _ in true }) -> Set<BatchName> {
        var left = Set(names)
        for step in OutboxRecovery.steps(for: names, isWhole: isWhole) { left.subtract(step.names) }
        return left
    }

    /// Which of the four lines these files hold; a piece holds its share, `.1of1` all that is not a dead letter.
    private func lines(of names: some Sequence<BatchName>) -> [Int] {
        names.flatMap { name -> [Int] in
            guard let piece = name.pieces.first else { return [1, 2, 3, 4] }
            switch (piece.index, piece.count) {
            case (_, 1): return [2, 3, 4]
            case (let index, 2): return index == 1 ? [1, 2] : [3, 4]
            case (let index, _): return index == 1 ? [1] : index == 2 ? [2] : [3, 4]
            }
        }.sorted()
    }

    @Test("of every subset of a parent and its pieces, with the parent, each line stays exactly once", arguments: 1...3)
    func everySubset(count: Int) {
        let family = count == 1 ? pieces(3) : count == 2 ? pieces(2, 2) : pieces(1, 1, 2)
        for bits in 0..<(1 << family.count) {
            let present = family.indices.filter { bits & (1 << $0) != 0 }.map { family[$0] }

            let left = after([parent] + present)
            let alone = after(present)

            let isComplete = present.count == family.count
            #expect(left == (isComplete ? Set(family) : [parent]), "\(present)")
            // Line 1 of a batch that was cut is a dead letter already.
            #expect(lines(of: left) == (isComplete && count == 1 ? [2, 3, 4] : [1, 2, 3, 4]))
            // Without the parent some may have been sent: they are left as they are.
            #expect(alone == Set(present))
        }
    }

    @Test("dying before or after any step of a recovery, and recovering again, ends in the same", arguments: 0..<128)
    func everyPrefix(bits: Int) {
        let all = [parent] + pieces(2, 2) + pieces(3) + pieces(1, 1, 2)
        let present = all.indices.filter { bits & (1 << $0) != 0 }.map { all[$0] }
        let goal = after(present)

        // Each file that goes is one moment at which a process may die.
        let removals = OutboxRecovery.steps(for: present).flatMap(\.names)
        for count in 0...removals.count {
            let left = after(present.filter { !removals.prefix(count).contains($0) })
            #expect(left == goal || !present.contains(parent))
        }
        if present.contains(parent) {
            let found = lines(of: goal)
            #expect(found == [1, 2, 3, 4] || found == [2, 3, 4], "\(goal)")
        } else {
            #expect(goal == Set(present))
        }
    }

    @Test("pieces that were split themselves go with their parents, or stay with their own pieces")
    func nested() throws {
        let halves = pieces(2, 2)
        let quarters = [1, 2].map { halves[0].piece(BatchName.Piece($0, of: 2)!, lines: 1)! }

        #expect(after(halves + quarters) == Set([halves[1]] + quarters))
        #expect(after([halves[0], quarters[0]]) == [halves[0]])
        #expect(after([parent] + halves + quarters) == Set([halves[1]] + quarters))
        #expect(after([parent, halves[1]] + quarters) == [parent])
        #expect(after([parent, quarters[1]]) == [parent])
        #expect(after([halves[1]] + quarters) == Set([halves[1]] + quarters))
    }

    @Test("a parent stays where a piece is damaged, or where the pieces have other lines than it")
    func doubts() {
        let halves = pieces(2, 2)

        #expect(after([parent] + halves) { $0 != halves[1] } == [parent])
        #expect(after([parent] + pieces(2, 1)) == [parent])
        #expect(after([parent] + pieces(2, 2) + [Sample.name(10, pieces: [(1, 2)], lines: 3)]) == [parent])
    }

    @Test("batches of other writers, times and numbers, and two files of one id, have nothing to do with each other")
    func strangers() {
        let others = [
            Sample.name(11, pieces: [(1, 1)], lines: 1), Sample.name(10, writer: 2, pieces: [(1, 1)], lines: 1),
            Sample.name(10, number: 1, pieces: [(1, 1)], lines: 1),
        ]
        let twins = [Sample.name(20, lines: 4), Sample.name(20, lines: 5), Sample.name(20, pieces: [(1, 1)], lines: 4)]

        #expect(OutboxRecovery.steps(for: [parent] + others).isEmpty)
        #expect(OutboxRecovery.steps(for: twins).isEmpty)
        #expect(OutboxRecovery.steps(for: []).isEmpty)
    }
}
