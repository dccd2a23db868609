import InfluxWriter
import TestKit

/// Where the numbered points of a run are at a moment in which no process works on them, looked at from outside.
struct Whereabouts {
    var pending: Set<Int> = []
    var letters: Set<Int> = []
    var stored: Set<Int> = []
    /// Lines of batches in which nobody can read a number.
    var damagedPending = 0
    var damagedLetters = 0
    /// That wait.
    let batches: Int

    init(_ data: DataFolder, _ backend: Backend) async throws {
        let names = data.pending
        batches = names.count
        for (bucket, name) in names {
            let lines = DataFolder.lines(of: try data.body(of: name, in: bucket))
            if lines.isEmpty { damagedPending += name.lines }
            pending.formUnion(lines.compactMap(Expected.number))
        }
        for letter in try data.letters() {
            if letter.lines.isEmpty { damagedLetters += letter.count }
            letters.formUnion(letter.lines.compactMap(Expected.number))
        }
        for bucket in Backend.buckets {
            for point in try await backend.points(in: bucket) {
                if case .integer(let number) = point.fields["n"] { stored.insert(Int(number)) }
            }
        }
    }
}

/// What a process must report: counted from what was there before and is there after it, and from what it said.
struct Balance {
    /// Nil where other processes worked in the folder meanwhile.
    let before: Whereabouts?
    let after: Whereabouts
    /// Of this process alone.
    let said: Ledger

    /// Of the points that a process accepted or found, where they are now.
    struct Account: Equatable {
        var accepted = 0
        var acknowledged = 0
        var pending = 0
        var deadLettered = 0
    }

    /// What was refused and is somewhere all the same was accepted.
    private var accepted: Set<Int> {
        said.accepted.union(said.refused.intersection(after.pending.union(after.letters).union(after.stored)))
    }

    /// What is wrong with its report.
    func problems(of report: ProcessReport) -> [String] {
        var problems: [String] = []
        if !report.total.addsUp || !report.own.addsUp { problems.append("it does not add up: \(report)") }
        let own = account(of: accepted)
        // Who does not deliver hears of the others' work with a delay.
        if own.0 != report.own.counts, report.delivers || own.0.accepted != report.own.accepted {
            problems.append("of its own it must be \(own.0), and it reports \(report.own)")
        }
        problems += own.lost.map { "it reports \($0) as acknowledged, and the destination does not have it" }
        guard let before, report.delivers else { return problems }
        var (total, lost) = account(of: accepted.union(before.pending))
        problems += lost.map { "it reports \($0) as acknowledged, and the destination does not have it" }
        total.accepted += before.damagedPending
        total.pending += after.damagedPending
        total.deadLettered += after.damagedLetters - before.damagedLetters
        // Killed while it cut lines out, the one before left letters about lines of a batch that may be still there. If
        // what was left of that is there, too, the batch goes before anything is counted.
        let unsure = before.pending.intersection(before.letters).count
        let isCounted = (0...unsure).contains { less in
            var counted = total
            counted.accepted -= less
            counted.deadLettered -= less
            return counted == report.total.counts
        }
        if !isCounted { problems.append("it must be \(total), \(unsure) unsure, and it reports \(report.total)") }
        if report.pendingBatches != after.batches {
            problems.append("\(after.batches) batches wait, and it reports \(report)")
        }
        if report.total.dropped + report.total.removed > 0 { problems.append("lines went: \(report)") }
        return problems
    }

    private func account(of numbers: Set<Int>) -> (Account, lost: [Int]) {
        let pending = numbers.intersection(after.pending)
        let letters = numbers.intersection(after.letters).subtracting(pending)
        let acknowledged = numbers.subtracting(pending).subtracting(letters)
        let account = Account(
            accepted: numbers.count, acknowledged: acknowledged.count, pending: pending.count,
            deadLettered: letters.count)
        return (account, acknowledged.subtracting(after.stored).sorted())
    }
}

extension ProcessReport.Account {
    var counts: Balance.Account {
        Balance.Account(
            accepted: accepted, acknowledged: acknowledged, pending: pending, deadLettered: deadLettered)
    }
}
