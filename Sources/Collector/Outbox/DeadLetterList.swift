import CoinlineBase
import CoinlineJSON
import InfluxWriter

/// What there is of dead letters, without what they hold.
public struct DeadLetterList: Sendable {
    struct Entry {
        let place: DeadLetterPlace
        /// Nil for a file that cannot be read as a letter, such as one that was edited into something else.
        let facts: Facts?
        /// Why it cannot even be opened.
        let problem: String?

        /// What cannot be read comes first.
        var nanoseconds: Int64 { facts?.time.nanoseconds ?? .min }
    }

    struct Facts {
        let time: Timestamp
        let bucket: Bucket
        let lines: Int
        let reason: String
    }

    private enum Shown {
        /// Of a reason in a row; `show` has the whole.
        static let reasonCharactersMax = 90
    }

    /// The newest last.
    private let entries: [Entry]
    /// Also those that are not in the list.
    private let count: Int
    /// Why there may be others, a sentence each.
    public let problems: [String]

    /// - Parameter limit: so many of the newest; nil for all.
    public init(_ found: FoundDeadLetters, limit: Int?) {
        var entries: [Entry] = []
        for place in found.places {
            var (facts, problem): (Facts?, String?) = (nil, nil)
            do throws(OutboxError) {
                facts = try place.read().map {
                    Facts(time: $0.time, bucket: $0.bucket, lines: $0.lines, reason: $0.reason)
                }
            } catch {
                problem = error.description
            }
            entries.append(Entry(place: place, facts: facts, problem: problem))
        }
        entries.sort { ($0.nanoseconds, $0.place.name) < ($1.nanoseconds, $1.place.name) }
        count = entries.count
        problems = found.problems
        self.entries = limit.map { Array(entries.suffix($0)) } ?? entries
    }

    public var isEmpty: Bool { count == 0 }

    /// Whether every folder could be read, and every file of it be opened.
    public var isReadable: Bool { problems.isEmpty && entries.allSatisfy { $0.problem == nil } }

    /// What stands below the table; nil where all of them are in it.
    public var note: String? {
        count > entries.count ? "\(count - entries.count) older ones are not shown" : nil
    }

    public static let columns = ["destination", "name", "time", "bucket", "points", "reason"]

    /// For a table of ``columns``.
    public var rows: [[String]] {
        entries.map { entry in
            let head = [entry.place.destination, "\(entry.place.name)"]
            guard let facts = entry.facts else {
                return head + ["", "", "", "cannot be read: \(entry.problem ?? "see \(entry.place.path)")"]
            }
            let reason = facts.reason.prefix(Shown.reasonCharactersMax)
            return head + [
                UTCTime(facts.time).rfc3339(), facts.bucket.name, "\(facts.lines)",
                reason.count < facts.reason.count ? reason + "…" : String(reason),
            ]
        }
    }

    public func json() -> String {
        JSONWriter.object { out in
            out.member("count", count)
            out.objects("dead_letters", entries) { out, entry in
                out.member("destination", entry.place.destination)
                out.member("name", "\(entry.place.name)")
                out.member("file", entry.place.path)
                out.member("time", optional: entry.facts.map { "\(UTCTime($0.time))" })
                out.member("bucket", optional: entry.facts?.bucket.name)
                out.member("points", optional: entry.facts?.lines)
                out.member("reason", optional: entry.facts?.reason)
                out.member("problem", optional: entry.problem)
            }
            out.member("problems", problems)
        }.text
    }
}
