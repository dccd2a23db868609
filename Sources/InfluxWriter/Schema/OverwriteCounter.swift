import LineProtocol

/// Counts points of a batch that would overwrite another one of it: the same series and time, and another value in the
/// same field. Repeats of the same point and points whose fields complete each other lose nothing and do not count.
///
/// Remembers the points of one batch, so it is as bounded as that.
struct OverwriteCounter: Sendable {
    private struct Identity: Hashable {
        let measurement: ExactName
        let tags: [ExactName]
        /// In the batch's unit: finer times become one. Nil is the server's time, one for all.
        let time: Int64?
    }

    /// Since the start.
    private(set) var count = 0
    private let precision: Precision
    private var points: [Identity: [ExactName: FieldValue]] = [:]

    init(precision: Precision) {
        self.precision = precision
    }

    /// Returns whether the point overwrites one of its batch.
    @discardableResult
    mutating func add(_ point: Point) -> Bool {
        let tags = point.tags.filter { !$0.value.isEmpty }.sorted {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        let identity = Identity(
            measurement: ExactName(point.measurement), tags: tags.flatMap { [ExactName($0.key), ExactName($0.value)] },
            time: point.time?.value(in: precision))
        var fields = points[identity] ?? [:]
        var overwrites = false
        for field in point.fields {
            let name = ExactName(field.key)
            if let before = fields[name], before != field.value { overwrites = true }
            fields[name] = field.value
        }
        points[identity] = fields
        if overwrites { count += 1 }
        return overwrites
    }

    /// The batch is sealed: the next point is of another one.
    mutating func beginBatch() {
        points.removeAll(keepingCapacity: true)
    }
}
