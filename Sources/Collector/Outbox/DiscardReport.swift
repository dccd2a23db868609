import CoinlineFiles
import CoinlineJSON
import InfluxWriter

/// What `dead-letters discard` removed.
public struct DiscardReport: Sendable {
    var letters = 0
    var points = 0
    /// Letters that stay, each with the reason.
    var kept: [DeadLetterRetry.Kept] = []
    /// Why there may be others.
    let problems: [String]

    /// 0: none was kept, and all were found.
    public var exitCode: Int32 { kept.isEmpty && problems.isEmpty ? 0 : 1 }

    /// For a person, without a line break at the end.
    public var text: String {
        (["\(Plural.deadLetters(letters)) discarded, with \(Plural.points(points))"]
            + kept.map { "error: \($0.place.name) is kept: \($0.reason)" }
            + problems.map { "error: \($0)" }).joined(separator: "\n")
    }

    public func json() -> String {
        JSONWriter.object { out in
            out.member("letters_discarded", letters)
            out.member("points_discarded", points)
            DeadLetterRetry.append(kept, to: &out)
            out.member("problems", problems)
        }.text
    }
}

extension FoundDeadLetters {
    /// Removes them for good. One that cannot be opened is kept: nobody has seen what it holds.
    public func discard() -> DiscardReport {
        var report = DiscardReport(problems: problems)
        // A folder in which nothing can be removed holds up no other.
        let groups = Dictionary(grouping: places, by: \.destination).sorted { $0.key < $1.key }
        for (_, places) in groups { report.discard(places) }
        return report
    }
}

extension DiscardReport {
    fileprivate mutating func discard(_ places: [DeadLetterPlace]) {
        var read: [(place: DeadLetterPlace, points: Int)] = []
        for place in places {
            do throws(OutboxError) {
                // A file that cannot be read as a letter was one about a line, or nobody knows how much.
                read.append((place, try place.read()?.lines ?? 1))
            } catch {
                kept.append(DeadLetterRetry.Kept(place: place, reason: "cannot be read: \(error)"))
            }
        }
        var failure: OutboxError?
        do throws(OutboxError) { try DeadLetterPlace.remove(read.map(\.place)) } catch { failure = error }
        for (place, points) in read {
            // Some may have gone before one could not.
            if let failure, Files.exists(place.path) {
                kept.append(DeadLetterRetry.Kept(place: place, reason: "cannot be removed: \(failure)"))
            } else {
                letters += 1
                self.points += points
            }
        }
    }
}
