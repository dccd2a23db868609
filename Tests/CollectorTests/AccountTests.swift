import InfluxWriter
import Testing

@testable import Collector

@Suite("The account in words")
struct AccountTests {
    @Test(
        "a word is quoted where a shell would not leave it alone",
        arguments: [
            ("./data/x-1.lp.gz", "./data/x-1.lp.gz"), ("my%20b", "my%20b"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
            ("", "''"), ("$HOME", "'$HOME'"), ("é", "'é'"), ("~x", "'~x'"),
            ("a'\u{301};reboot;'b", "'a'\\''\u{301};reboot;'\\''b'"),
        ])
    func quoting(word: String, quoted: String) {
        #expect(Array(ShellText.quoted(word).utf8) == Array(quoted.utf8))
    }

    @Test("a path is never taken for an option")
    func dash() {
        #expect(ShellText.quoted(path: "-x") == "./-x")
        #expect(ShellText.quoted(path: "-\u{301}x") == "'./-\u{301}x'")
    }

    private func account(_ change: (inout LandingCounts) -> Void) -> DestinationAccount {
        var account = DestinationAccount(name: "main", label: "x")
        change(&account.counts)
        return account
    }

    @Test("points that wait are told with the reason and the command that sends them")
    func pending() {
        var account = account { ($0.offered, $0.acknowledged, $0.pending) = (3, 1, 2) }
        account.pendingReason = "down"

        #expect(
            account.lines() == [
                "acknowledged  1 of 3 points by x", "refused       0", "pending       2 points, safe on disk",
            ])
        #expect(
            account.problems.flatMap { $0.lines { "./coinline \($0) --data-dir 'a b'" } } == [
                "error: 2 points are safe on disk and not yet in x: down",
                "       the next run sends them first; to send them now: ./coinline outbox flush --data-dir 'a b'",
            ])
    }

    @Test("each end that is not the destination is told once, and what landed is told without a word")
    func ends() {
        var bad = account {
            $0.offered = 8
            ($0.deadLettered, $0.dropped, $0.removed, $0.lost, $0.acknowledged) = (1, 2, 1, 3, 1)
        }
        (bad.lossReason, bad.droppedReason) = ("the disk is full", "too old")

        #expect(bad.counts.addsUp && !bad.counts.isComplete)
        #expect(
            bad.problems.map(\.text) == [
                "3 points are lost: the disk is full", "1 point that x does not take is a dead letter",
                "2 points were dropped: too old", "1 point was taken out of the outbox by somebody else",
            ])
        #expect(bad.problems[1].advice?.words == "dead-letters list")
        #expect(account { ($0.offered, $0.acknowledged) = (1, 1) }.problems.isEmpty)
    }

    @Test("points of earlier runs are told apart, and only where there are any")
    func earlier() {
        var account = account { ($0.offered, $0.acknowledged) = (1, 1) }
        account.earlier = DestinationAccount.Earlier(acknowledged: 1, deadLettered: 2, pending: 3)

        #expect(
            account.lines().last
                == "and           1 point of earlier runs was sent, 2 points of earlier runs were refused for good, "
                + "3 points of earlier runs still wait")
    }

    @Test("points of earlier runs that a policy dropped are told with the policy, and are no failure of this run")
    func earlierDropped() {
        var account = account { ($0.offered, $0.acknowledged) = (1, 1) }
        account.earlier.dropped = 3
        account.droppedReason = OutboxAdvice.text(.age)
        var summary = RunSummary()
        summary.accounts = [account]

        let text = summary.text(isDryRun: false)
        #expect(text.contains("\nand           3 points of earlier runs were dropped\n"), "\(text)")
        let warning = "3 points of earlier runs were dropped before x had them: they waited longer than any batch may"
        #expect(text.contains("\nwarning: \(warning) (COINLINE_OUTBOX_MAX_AGE)"), "\(text)")
        let json = summary.json(command: "run-once", destination: "x", isDryRun: false)
        #expect(json.contains(#""earlier_points_dropped":3"#) && summary.exitCode == 0, "\(json)")
        var report = LoadReport()
        report.finish(with: [account])
        #expect(report.text(destination: "x").contains("warning: \(warning)") && report.exitCode == 0)
    }

    @Test("points of earlier runs that became dead letters or were taken away are a warning, no failure of this run")
    func earlierLost() {
        var account = account { ($0.offered, $0.acknowledged) = (1, 1) }
        (account.earlier.deadLettered, account.earlier.removed) = (1, 2)
        var summary = RunSummary()
        summary.accounts = [account]

        let text = summary.text(isDryRun: false)
        let refused =
            "1 point of earlier runs that x does not take is a dead letter: dead-letters list shows the reasons"
        let removed = "2 points of earlier runs were taken out of the outbox by somebody else before x had them"
        for warning in [refused, removed] { #expect(text.contains("\nwarning: \(warning)"), "\(text)") }
        let json = summary.json(command: "run-once", destination: "x", isDryRun: false)
        #expect(json.contains(#""earlier_points_removed":2"#) && summary.exitCode == 0, "\(json)")
    }

    @Test("what was dropped is told with the settings that did it, and no others")
    func dropReasons() {
        let full = OutboxAdvice.text(.room(.bytes))
        #expect(full.hasSuffix("(COINLINE_OUTBOX_MAX, COINLINE_OUTBOX_WHEN_FULL)"), "\(full)")
        let short = OutboxAdvice.text(.room(.freeBytes))
        #expect(short.hasSuffix("(COINLINE_OUTBOX_MIN_FREE, COINLINE_OUTBOX_WHEN_FULL)"), "\(short)")
        let refused = OutboxAdvice.text(.notAccepted(.deadline))
        #expect(refused == "they could not be accepted: the deadline passed")
    }

    @Test("what was changed is said, and only then")
    func counts() {
        var counts = LandingCounts()
        counts.refused = 3
        let plain = counts.lines(refusals: ["why"])
        counts.textsReplaced = 2
        counts.fieldsDropped = 1
        counts.deadLettered = 1
        let full = counts.lines(refusals: [], deadLetters: ["because"])

        #expect(plain == ["refused       3", "              why", "pending       0"])
        #expect(full[0].contains("2 texts replaced, 1 field dropped"))
        #expect(full.suffix(2) == ["dead letters  1", "              because"])
    }

    @Test("what is stored of a stage is never told higher than it is")
    func stages() {
        var summary = RunSummary()
        (summary.accepted[.coins], summary.accepted[.overview]) = (10, 1)
        summary.accounts = [account { ($0.offered, $0.acknowledged, $0.pending) = (11, 8, 3) }]

        #expect(summary.stored(.coins) == 7 && summary.stored(.overview) == 0 && summary.stored(.history) == 0)
    }

    @Test("a refused line is told by its beginning")
    func refusals() {
        let text = RefusalText.text(String(repeating: "x", count: 200), "why")

        #expect(text == String(repeating: "x", count: 80) + "…: why")
        #expect(RefusalText.text("m v=1", "why") == "m v=1: why")
    }
}
