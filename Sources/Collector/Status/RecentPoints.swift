import CoinlineBase
import CoinlineJSON
public import InfluxWriter
import MarketStore

/// What a destination holds of the last hours, as far as it can be read.
///
/// A destination need not be readable: a token that may only write is as it should be, and some servers that take
/// points answer no such query. So a problem here is told and makes nothing fail, and a list is never shorter than the truth.
public struct RecentPoints: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// By name of measurement.
        case read([MeasurementActivity])
        case unreadable(String)
        /// The check already said what is wrong, and another request would tell nothing more.
        case notAsked
    }

    /// A day: a measurement that is missing has stopped, and reading it costs a server little.
    public static let window = Duration.seconds(86_400)

    /// The first moment that counts, and the first that counts no more.
    let start: UTCTime
    let end: UTCTime
    public internal(set) var state = State.notAsked
    /// Whether a count is of the most frequent field, as a server gives it, and not of points.
    var isOfFields = false

    init(now: UTCTime) {
        end = now.advanced(by: .nanoseconds(1))
        start = end.advanced(by: .zero - Self.window)
    }

    /// Asks a server. `words` makes a sentence of what went wrong.
    mutating func read(
        _ server: InfluxDB, _ bucket: Bucket, words: (QueryError) -> String
    ) async {
        isOfFields = true
        let end = Timestamp(nanoseconds: end.nanoseconds)
        do throws(QueryError) {
            state = .read(try await server.activity(in: bucket, window: Self.window, before: end))
        } catch {
            state = .unreadable(words(error))
        }
    }

    /// Reads the embedded store.
    mutating func read(_ store: StoreReader) throws(StoreError) {
        state = .read(
            try store.activity(
                from: Timestamp(nanoseconds: start.nanoseconds), before: Timestamp(nanoseconds: end.nanoseconds)))
    }

    /// The count of a measurement; 0 for one that got nothing. nil where nothing was read.
    func points(of measurement: String) -> Int? {
        guard case .read(let list) = state else { return nil }
        return list.first { $0.measurement.utf8.elementsEqual(measurement.utf8) }?.points ?? 0
    }
}

extension RecentPoints {
    /// The lines for a person: of a heading of 17 columns, and of what stands beside it.
    func lines() -> [String] {
        let heading = "last 24 h        "
        let margin = String(repeating: " ", count: heading.count)
        switch state {
        case .notAsked: return []
        case .unreadable(let reason): return [heading + "cannot be read: \(reason)"]
        case .read(let list) where list.isEmpty: return [heading + "no points"]
        case .read(let list):
            let first = heading + (isOfFields ? "points, counted by the field that has most of them" : "points")
            return [first] + list.map { margin + Self.line(of: $0) }
        }
    }

    private static func line(of one: MeasurementActivity) -> String {
        let newest = one.newest.map { ", last \(UTCTime($0).rfc3339())" } ?? ""
        return "\(one.measurement): \(Plural.points(one.points))\(newest)"
    }

    /// As members of the open object.
    func append(to out: inout JSONWriter) {
        out.member("hours", Self.window.components.seconds / 3_600)
        out.member("start", start.rfc3339(fractionDigits: 3))
        out.member("end", end.rfc3339(fractionDigits: 3))
        out.member("counted", isOfFields ? "most frequent field" : "points")
        let (word, problem): (String, String?) =
            switch state {
            case .read: ("read", nil)
            case .unreadable(let reason): ("unreadable", reason)
            case .notAsked: ("not asked", "the check said already what is wrong")
            }
        out.member("state", word)
        out.member("problem", optional: problem)
        guard case .read(let list) = state else {
            // Not an empty list, which would say that there are no points.
            out.key("measurements")
            return out.null()
        }
        out.objects("measurements", list) { out, one in
            out.member("measurement", one.measurement)
            out.member("points", one.points)
            out.member("last", optional: one.newest.map { UTCTime($0).rfc3339(fractionDigits: 3) })
        }
    }
}
