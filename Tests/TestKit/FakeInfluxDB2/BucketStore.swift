/// What one bucket holds: shards, each a stretch of time with its own types of fields.
struct BucketStore {
    let id: String
    let retentionSeconds: Int64?
    let shardSeconds: Int64

    /// By their number, counted in their own length.
    private(set) var shards: [Int64: Shard] = [:]

    /// The longest string field.
    static let stringBytesMax = 1 << 20

    init(_ bucket: FakeInfluxDB2.Bucket) {
        id = bucket.id
        retentionSeconds = bucket.retention.map { $0.components.seconds }
        shardSeconds = bucket.shardDuration?.components.seconds ?? Self.shardSeconds(retention: retentionSeconds)
    }

    /// What the server chooses where nobody says how long a shard shall be.
    private static func shardSeconds(retention: Int64?) -> Int64 {
        let day: Int64 = 86_400
        guard let retention, retention < 180 * day else { return 7 * day }
        return retention < 2 * day ? 3_600 : day
    }

    /// Stores what can be stored and returns why the rest could not: the sentence about a partial write, nil if all was
    /// stored.
    ///
    /// What a shard refuses is told and not what is too old, and of several shards only one is heard: the server writes
    /// them side by side, here the earliest counts.
    mutating func write(_ points: [ParsedPoint], now: Int64) -> [UInt8]? {
        let bound = retentionSeconds.map { now - $0 * 1_000_000_000 }
        var (tooOld, byShard): ([ParsedPoint], [Int64: [ParsedPoint]]) = ([], [:])
        for point in points {
            if let bound, point.time < bound {
                tooOld.append(point)
            } else {
                byShard[shardNumber(point.time), default: []].append(point)
            }
        }
        var reason: [UInt8]?
        for (number, points) in byShard.sorted(by: { $0.key < $1.key }) {
            let refused = shards[number, default: Shard()].write(points)
            if reason == nil, refused.count > 0 { reason = Array("\(refused.reason) dropped=\(refused.count)".utf8) }
        }
        return reason ?? bound.flatMap { tooOldReason(tooOld, bound: $0) }
    }

    /// Shards are counted from the beginning of the year 1, a Monday, so that those of a week begin on Mondays.
    func shardNumber(_ time: Int64) -> Int64 {
        let secondsFromYear1To1970: Int64 = 62_135_596_800
        let seconds = time / 1_000_000_000 - (time % 1_000_000_000 < 0 ? 1 : 0)
        return (seconds + secondsFromYear1To1970) / shardSeconds
    }

    private func tooOldReason(_ points: [ParsedPoint], bound: Int64) -> [UInt8]? {
        guard let oldest = points.min(by: { $0.time < $1.time }), let retentionSeconds,
            let newest = points.max(by: { $0.time < $1.time })
        else { return nil }
        func sentence(_ which: String, _ point: ParsedPoint) -> [UInt8] {
            let why = "dropped because it violates a Retention Policy Lower Bound at \(GoText.time(bound))"
            return Array("\(which) point ".utf8) + point.key + Array(" at \(GoText.time(point.time)) \(why)".utf8)
        }
        let duration = GoText.duration(seconds: retentionSeconds)
        return Array("dropped \(points.count) points outside retention policy of duration \(duration) - ".utf8)
            + sentence("oldest", oldest) + Array(", ".utf8) + sentence("newest", newest)
            + Array(" dropped=\(points.count) for database: \(id) for retention policy: autogen".utf8)
    }
}
