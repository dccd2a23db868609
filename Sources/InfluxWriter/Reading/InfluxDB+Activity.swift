import CoinlineBase

extension InfluxDB {
    /// How many points each measurement of a bucket got in a stretch of time, and when the newest is of; by name.
    ///
    /// - Parameters:
    ///   - bucket: all of whose measurements are counted.
    ///   - window: the length of the stretch, in whole seconds.
    ///   - end: where it ends; a point exactly there is outside.
    ///   - limits: of each request.
    /// - Throws: a ``QueryError`` when the server cannot be read, for which a token for writing only is enough. Never
    ///   gives an empty or partial list in its place.
    public func activity(
        in bucket: Bucket, window: Duration, before end: Timestamp, within limits: QueryLimits = QueryLimits()
    ) async throws(QueryError) -> [MeasurementActivity] {
        switch requests.api {
        case .v1: return try await influxQLActivity(in: bucket, window: window, before: end, limits)
        case .v2: return try await fluxActivity(in: bucket, window: window, before: end, limits)
        case .v3:
            throw QueryError(.noQueries, "over the API v3 points are written only: nothing is read there")
        }
    }

    private func fluxActivity(
        in bucket: Bucket, window: Duration, before end: Timestamp, _ limits: QueryLimits
    ) async throws(QueryError) -> [MeasurementActivity] {
        let unreadable = queryReply(path: WriteRequests.fluxPath).unreadable
        // A write takes such a name for an id first, and then for a name.
        if ActivityQuery.isID(bucket) {
            do throws(QueryError) {
                let flux = ActivityQuery.flux(bucket, isID: true, window: window)
                let tables = try await query(flux, now: end, within: limits)
                return try ActivityQuery.activity(in: tables, unreadable)
            } catch {
                guard error.kind == .notFound else { throw error }
            }
        }
        let flux = ActivityQuery.flux(bucket, isID: false, window: window)
        return try ActivityQuery.activity(in: try await query(flux, now: end, within: limits), unreadable)
    }

    /// Two requests, since InfluxDB 1.6 does not tell what is wrong with the first statement of several.
    private func influxQLActivity(
        in bucket: Bucket, window: Duration, before end: Timestamp, _ limits: QueryLimits
    ) async throws(QueryError) -> [MeasurementActivity] {
        let unreadable = queryReply(path: WriteRequests.influxQLPath).unreadable
        let start = UTCTime(nanoseconds: end.nanoseconds).advanced(by: .zero - window)
        let condition = "time >= \(start.nanoseconds) AND time < \(end.nanoseconds)"
        let counts = try await influxQL("SELECT COUNT(*) FROM /.*/ WHERE \(condition)", in: bucket, within: limits)
        let newest = try await influxQL(
            "SELECT * FROM /.*/ WHERE \(condition) ORDER BY time DESC LIMIT 1", in: bucket, within: limits)
        return try ActivityQuery.activity(counts: counts, newest: newest, unreadable)
    }
}

/// The question of ``InfluxDB/activity(in:window:before:within:)`` and what its answers come to. Pure.
enum ActivityQuery {
    /// Sixteen hexadecimal digits, not all zero: the ids of InfluxDB 2.
    static func isID(_ bucket: Bucket) -> Bool {
        let digits = bucket.name.utf8
        let isHex = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return digits.count == 16 && isHex && digits.contains { $0 != UInt8(ascii: "0") }
    }

    /// Counts and newest times are made by the storage engine, a series at a time, and only then brought together:
    /// fields of several types would not go into one table before, and all counts and times are integers. The source is
    /// a function since a stream that is used twice is read into memory.
    static func flux(_ bucket: Bucket, isID: Bool, window: Duration) -> String {
        """
        recent = () => from(\(isID ? "bucketID" : "bucket"): \(InfluxDB.fluxLiteral(bucket.name))) \
        |> range(start: -\(window.components.seconds)s)

        recent()
            |> count()
            |> group(columns: ["_measurement", "_field"])
            |> sum()
            |> group(columns: ["_measurement"])
            |> max()
            |> yield(name: "points")

        recent()
            |> last()
            |> map(fn: (r) => ({_measurement: r._measurement, _value: int(v: r._time)}))
            |> group(columns: ["_measurement"])
            |> max()
            |> yield(name: "newest")

        """
    }

    static func activity(
        in tables: [FluxTable], _ unreadable: (String) -> QueryError
    ) throws(QueryError) -> [MeasurementActivity] {
        var counts: [ExactName: Int64] = [:]
        var times: [ExactName: Int64] = [:]
        for table in tables {
            guard let names = table.values(of: "_measurement"), let values = table.values(of: "_value") else {
                throw unreadable("a table without the columns _measurement and _value")
            }
            for (name, value) in zip(names, values) {
                guard case .string(let name) = name, case .long(let number) = value else {
                    throw unreadable("a table of other types than were asked for")
                }
                let measurement = ExactName(name)
                switch table.result {
                case "points": counts[measurement] = max(counts[measurement] ?? 0, number)
                case "newest": times[measurement] = max(times[measurement] ?? .min, number)
                default: throw unreadable("a result that nobody asked for")
                }
            }
        }
        return merged(counts, times)
    }

    static func activity(
        counts: [InfluxQLSeries], newest: [InfluxQLSeries], _ unreadable: (String) -> QueryError
    ) throws(QueryError) -> [MeasurementActivity] {
        var numbers: [ExactName: Int64] = [:]
        for series in counts {
            guard series.columns.first == "time", !series.name.isEmpty,
                series.columns.dropFirst().allSatisfy({ $0.hasPrefix("count_") })
            else { throw unreadable("no counts of fields, as VictoriaMetrics does to every query") }
            let measurement = ExactName(series.name)
            // Behind the time, and null for a field that another measurement has.
            for row in series.rows {
                for case .integer(let number) in row.dropFirst() {
                    numbers[measurement] = max(numbers[measurement] ?? 0, number)
                }
            }
        }
        var times: [ExactName: Int64] = [:]
        for series in newest {
            guard series.columns.first == "time", case .integer(let time)? = series.rows.first?.first else {
                throw unreadable("points without a time")
            }
            times[ExactName(series.name)] = time
        }
        return merged(numbers, times)
    }

    /// What was written between the two halves of the question is told by the next one.
    private static func merged(_ counts: [ExactName: Int64], _ times: [ExactName: Int64]) -> [MeasurementActivity] {
        counts.filter { $0.value > 0 }
            .map { name, count in
                let newest = times[name].map { Timestamp(nanoseconds: $0) }
                return MeasurementActivity(measurement: name.text, points: Int(count), newest: newest)
            }
            .sorted { $0.measurement.utf8.lexicographicallyPrecedes($1.measurement.utf8) }
    }
}
