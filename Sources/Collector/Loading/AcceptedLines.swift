import InfluxWriter

/// How far into a file everything is accepted, at each destination. Points are accepted in their order.
struct AcceptedLines {
    /// A destination that did not accept everything.
    struct Gap {
        let destination: String
        /// Everything before this line is accepted.
        let line: Int
        let remedy: Obstacle.Remedy
    }

    private struct Part {
        /// Points of the file before it.
        let start: Int
        let firstLine: Int
    }

    private struct Progress {
        let before: LandingCounts
        /// Those of which something may not be accepted yet.
        var parts: [Part] = []

        mutating func forget(_ counts: LandingCounts) {
            let accepted = counts.accepted - before.accepted
            while parts.count > 1, parts[1].start <= accepted { parts.removeFirst() }
        }
    }

    private var points = 0
    /// One a destination, in that order.
    private var progress: [Progress]

    init(since shares: [Landing.Share]) {
        progress = shares.map { Progress(before: $0.counts) }
    }

    mutating func note(points count: Int, firstLine: Int) {
        for index in progress.indices { progress[index].parts.append(Part(start: points, firstLine: firstLine)) }
        points += count
    }

    /// - Parameter shares: as they are now.
    mutating func forget(_ shares: [Landing.Share]) {
        for (index, share) in zip(progress.indices, shares) { progress[index].forget(share.counts) }
    }

    /// Where points of the file were not accepted.
    func gaps(_ shares: [Landing.Share]) -> [Gap] {
        var now = self
        now.forget(shares)
        return zip(now.progress, shares).compactMap { progress, share in
            guard share.counts.lost > progress.before.lost else { return nil }
            return Gap(
                destination: share.name, line: progress.parts.first?.firstLine ?? 1,
                remedy: share.obstacle?.remedy ?? .room)
        }
    }
}
