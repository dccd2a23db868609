import CoinlineJSON

/// What became of everything that one destination was to get.
public struct DestinationAccount: Sendable {
    /// Points of earlier runs, which waited when this one began.
    struct Earlier: Sendable, Equatable {
        var acknowledged = 0
        var deadLettered = 0
        var pending = 0
        /// A policy that the user chose took them away.
        var dropped = 0
        /// Somebody took their files out of the outbox.
        var removed = 0
    }

    /// The name of the destination's outbox.
    let name: String
    /// As a person would call it.
    let label: String
    public internal(set) var counts = LandingCounts()
    var earlier = Earlier()
    /// The first points that no line can hold, with the reason.
    var refusals: [String] = []
    /// The first lines that became dead letters, with the reason; of earlier runs too.
    var deadLetters: [String] = []
    /// Why points still wait.
    var pendingReason = ""
    /// Why points were dropped.
    var droppedReason = ""
    /// Why points could not be accepted.
    var lossReason = ""

    /// Something happened there.
    var isWorthTelling: Bool { counts.offered > 0 || earlier != Earlier() }

    /// Without points of earlier runs that are told elsewhere.
    func withoutEarlier(_ told: LandingCounts) -> DestinationAccount {
        var account = self
        account.earlier.acknowledged = max(0, earlier.acknowledged - told.acknowledged)
        account.earlier.deadLettered = max(0, earlier.deadLettered - told.deadLettered)
        account.earlier.pending = max(0, earlier.pending - told.pending)
        account.earlier.dropped = max(0, earlier.dropped - told.dropped)
        account.earlier.removed = max(0, earlier.removed - told.removed)
        return account
    }

    init(name: String, label: String) {
        (self.name, self.label) = (name, label)
    }
}

// MARK: - In words

extension DestinationAccount {
    /// For a person, one fact a line.
    func lines() -> [String] {
        ["acknowledged  \(counts.acknowledged) of \(counts.offered) points by \(label)"]
            + counts.lines(refusals: refusals, deadLetters: deadLetters) + earlierLines
    }

    /// What stands above its lines where there are others.
    var heading: String { "destination   \(name)" }

    var earlierLines: [String] {
        var parts: [String] = []
        if earlier.acknowledged > 0 {
            parts.append("\(Plural.points(earlier.acknowledged)) of earlier runs \(was(earlier.acknowledged)) sent")
        }
        if earlier.deadLettered > 0 {
            parts.append(
                "\(Plural.points(earlier.deadLettered)) of earlier runs \(was(earlier.deadLettered)) refused for good")
        }
        if earlier.pending > 0 {
            let wait = earlier.pending == 1 ? "waits" : "wait"
            parts.append("\(Plural.points(earlier.pending)) of earlier runs still \(wait)")
        }
        if earlier.dropped > 0 { parts.append(earlierDropped) }
        if earlier.removed > 0 { parts.append(earlierRemoved) }
        return parts.isEmpty ? [] : ["and           " + parts.joined(separator: ", ")]
    }

    private var earlierDropped: String {
        "\(Plural.points(earlier.dropped)) of earlier runs \(was(earlier.dropped)) dropped"
    }

    private var earlierRemoved: String {
        "\(Plural.points(earlier.removed)) of earlier runs \(was(earlier.removed)) taken out of the outbox"
    }

    /// What a person may want to know though everything that was offered landed, one sentence each: older points did
    /// not. They are no failure of this run, so its exit code does not tell of them.
    var warnings: [String] {
        var warnings: [String] = []
        if earlier.deadLettered > 0 {
            let are = earlier.deadLettered == 1 ? "is a dead letter" : "are dead letters"
            warnings.append(
                "\(Plural.points(earlier.deadLettered)) of earlier runs that \(label) does not take \(are): "
                    + "dead-letters list shows the reasons")
        }
        if earlier.dropped > 0 { warnings.append("\(earlierDropped) before \(label) had them: \(droppedReason)") }
        if earlier.removed > 0 { warnings.append("\(earlierRemoved) by somebody else before \(label) had them") }
        return warnings
    }

    private func was(_ count: Int) -> String { count == 1 ? "was" : "were" }

    /// What a person must know, one sentence each, with what to type about it.
    var problems: [AccountProblem] {
        var problems: [AccountProblem] = []
        if counts.lost > 0 {
            problems.append(AccountProblem("\(Plural.pointsAre(counts.lost)) lost: \(lossReason)"))
        }
        if counts.pending > 0 {
            problems.append(
                AccountProblem(
                    "\(Plural.pointsAre(counts.pending)) safe on disk and not yet in \(label): \(pendingReason)",
                    AccountProblem.Advice(
                        text: "the next run sends them first; to send them now", words: "outbox flush")
                ))
        }
        if counts.deadLettered > 0 {
            let are = counts.deadLettered == 1 ? "is a dead letter" : "are dead letters"
            problems.append(
                AccountProblem(
                    "\(Plural.points(counts.deadLettered)) that \(label) does not take \(are)",
                    AccountProblem.Advice(text: "to see them with their reasons", words: "dead-letters list")))
        }
        if counts.dropped > 0 {
            problems.append(
                AccountProblem("\(Plural.points(counts.dropped)) \(was(counts.dropped)) dropped: \(droppedReason)"))
        }
        if counts.removed > 0 {
            problems.append(
                AccountProblem(
                    "\(Plural.points(counts.removed)) \(was(counts.removed)) taken out of the outbox by somebody else"))
        }
        return problems
    }

    /// As members of the open object.
    private func append(to out: inout JSONWriter) {
        out.member("name", name)
        out.member("destination", label)
        counts.append(to: &out)
        out.member("earlier_points_acknowledged", earlier.acknowledged)
        out.member("earlier_points_dead_lettered", earlier.deadLettered)
        out.member("earlier_points_pending", earlier.pending)
        out.member("earlier_points_dropped", earlier.dropped)
        out.member("earlier_points_removed", earlier.removed)
        out.member("refusals", refusals + deadLetters)
    }

    /// All of them, as a member of the open object.
    static func append(_ accounts: [DestinationAccount], to out: inout JSONWriter) {
        out.objects("destinations", accounts) { out, account in account.append(to: &out) }
    }
}

/// Something that did not go as it should, and what to type about it.
struct AccountProblem: Sendable, Equatable {
    struct Advice: Sendable, Equatable {
        let text: String
        /// The words behind the program's name.
        let words: String
    }

    let text: String
    let advice: Advice?

    init(_ text: String, _ advice: Advice? = nil) {
        (self.text, self.advice) = (text, advice)
    }

    /// - Parameter command: makes of a command's words what a person can type.
    func lines(_ command: (String) -> String) -> [String] {
        ["error: \(text)"] + (advice.map { ["       \($0.text): \(command($0.words))"] } ?? [])
    }
}
