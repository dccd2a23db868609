import CoinlineBase
public import InfluxWriter
public import LineProtocol

/// Reads a store, beside whoever writes it. Every call opens the file, reads one consistent state and closes it again,
/// so a reader holds nothing. Calls block on the disk.
public final class StoreReader: Sendable {
    /// The file.
    public let path: String

    /// Fails when there is no store at the path, or one that this version cannot read.
    public init(path: String) throws(StoreError) {
        self.path = path
        _ = try StoreSnapshot(path: path)
    }

    /// Whose data the store holds; nil when it was never marked.
    public func origin() throws(StoreError) -> StoreOrigin? {
        try StoreFile.origin(StoreSnapshot(path: path).database)
    }

    /// What the store holds, by name of measurement. Reads every key, so a big store takes seconds.
    public func summaries() throws(StoreError) -> [MeasurementSummary] {
        let snapshot = try StoreSnapshot(path: path)
        let tables = snapshot.schema.tables.sorted {
            $0.measurement.utf8.lexicographicallyPrecedes($1.measurement.utf8)
        }
        var summaries: [MeasurementSummary] = []
        for table in tables { summaries.append(try snapshot.summary(of: table)) }
        return summaries
    }

    /// What each measurement got from `start` on and before `end`, by name; a measurement without a point there is left
    /// out. Reads every key of the stretch.
    public func activity(from start: Timestamp, before end: Timestamp) throws(StoreError) -> [MeasurementActivity] {
        let snapshot = try StoreSnapshot(path: path)
        var found: [MeasurementActivity] = []
        for table in snapshot.schema.tables {
            let one = try snapshot.activity(of: table, from: start, before: end)
            if one.points > 0 { found.append(one) }
        }
        return found.sorted { $0.measurement.utf8.lexicographicallyPrecedes($1.measurement.utf8) }
    }

    /// How many points there are at or after a time, in one measurement or in all; 0 for one that is not there.
    public func pointCount(since time: Timestamp, of measurement: String? = nil) throws(StoreError) -> Int {
        let snapshot = try StoreSnapshot(path: path)
        let tables = snapshot.schema.tables.filter { table in
            measurement.map { ExactName($0) == ExactName(table.measurement) } ?? true
        }
        var count = 0
        for table in tables { count += try snapshot.count(of: table, since: time) }
        return count
    }

    /// Chosen columns of chosen rows, for people to look at.
    public func rows(of measurement: String, _ query: StoreRowQuery = StoreRowQuery()) throws(StoreError) -> StoreRows {
        let snapshot = try StoreSnapshot(path: path)
        return try snapshot.rows(of: try snapshot.table(of: measurement), query)
    }

    /// Every point of a measurement by time, exactly as it was stored: tags by bytes of their keys, fields with their
    /// types in the order in which they first came.
    public func points(of measurement: String) throws(StoreError) -> [Point] {
        var points: [Point] = []
        try forEachPoint(of: measurement) { points.append($0) }
        return points
    }

    /// Like ``points(of:)`` but one after another, from a time on; holds one point at a time.
    public func forEachPoint(
        of measurement: String, since time: Timestamp? = nil, _ body: (Point) -> Void
    ) throws(StoreError) {
        let snapshot = try StoreSnapshot(path: path)
        try snapshot.forEachPoint(of: try snapshot.table(of: measurement), since: time, body)
    }
}
