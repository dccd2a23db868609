import CoinlineJSON
import InfluxWriter

/// What `status` found out about a destination beside the main one.
struct FurtherDestination: Sendable {
    /// Its name among the settings.
    let name: String
    let label: String
    let state: StatusReport.DestinationState
    /// As of the main one.
    let originProblem: String?

    var isGood: Bool {
        if case .wrong = state { return false }
        return originProblem == nil
    }

    init(_ target: Target, _ reply: Reply, originProblem: String?) {
        name = target.name
        label = target.label
        state = StatusReport.state(of: reply)
        self.originProblem = originProblem
    }
}

extension StatusReport {
    /// Asks the destinations that get every point as well, all at once.
    public mutating func ask(others: [Target], dataFolder: String) async {
        let replies = await withTaskGroup { group in
            for (index, target) in others.enumerated() {
                group.addTask { (index, await target.destination.check(target.bucket)) }
            }
            var replies: [Int: Reply] = [:]
            for await (index, reply) in group { replies[index] = reply }
            return replies
        }
        for (index, target) in others.enumerated() {
            guard let reply = replies[index] else { continue }
            further.append(FurtherDestination(target, reply, originProblem: originProblem(of: target, dataFolder)))
        }
    }
}
