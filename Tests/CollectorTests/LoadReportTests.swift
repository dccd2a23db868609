import CoinlineJSON
import Testing

@testable import Collector

@Suite("The account of a load")
struct LoadReportTests {
    private func outcome(_ change: (inout FileLoad.Outcome) -> Void) -> FileLoad.Outcome {
        var outcome = FileLoad.Outcome()
        change(&outcome)
        return outcome
    }

    private var landed: FileLoad.Outcome {
        outcome {
            $0.landing.offered = 2
            $0.landing.acknowledged = 2
        }
    }

    private func unread(_ problem: String) -> FileLoad.Outcome {
        outcome {
            $0.isUnread = true
            $0.problems = [problem]
        }
    }

    private func text(_ report: LoadReport) -> String { report.text(destination: "a script") }

    @Test("where no file was read there is no account, only what went wrong")
    func nothingRead() {
        var report = LoadReport()
        report.add(unread("cannot open x.lp: No such file or directory"), of: "x.lp")

        #expect(text(report) == "error: cannot open x.lp: No such file or directory")
        #expect(report.exitCode == 1)
    }

    @Test("of several files the one that was not read is told once")
    func oneUnread() {
        var report = LoadReport()
        report.add(landed, of: "a.lp")
        report.add(unread("cannot open x.lp: No such file or directory"), of: "x.lp")

        let lines = text(report).split(separator: "\n")
        #expect(lines.filter { $0.contains("x.lp") }.count == 1)
        #expect(lines.first == "a.lp: 2 acknowledged" && lines.contains("acknowledged  2 of 2 points by a script"))
    }

    @Test("an empty file has an account")
    func emptyFile() {
        var report = LoadReport()
        report.add(FileLoad.Outcome(), of: "empty.lp")

        #expect(text(report).hasPrefix("acknowledged  0 of 0 points by a script"))
        #expect(report.exitCode == 0)
    }

    @Test("that batches were sent and stay is one line, and is only said of those that landed whole")
    func leftInPlace() throws {
        var foreign = landed
        foreign.isForeignBatch = true
        var refused = foreign
        refused.landing.acknowledged = 1
        refused.landing.refused = 1

        var report = LoadReport()
        report.add(foreign, of: "b/1.lp.gz")
        report.add(refused, of: "b/2.lp.gz")
        #expect(
            text(report).contains("\nb/1.lp.gz: sent, and left in place since it is not in this data folder's outbox\n")
                || text(report).hasSuffix("since it is not in this data folder's outbox"))
        let files = try #require(
            try JSONCursor(Array(report.json(destination: "a script").utf8)).member("files")
        ).elements()
        #expect(try files.map { try $0.member("left_in_place")?.boolean() } == [true, false])

        report.add(foreign, of: "b/3.lp.gz")
        let told = text(report).split(separator: "\n").filter { $0.contains("left in place") }
        #expect(told == ["2 batch files: sent, and left in place since they are not in this data folder's outbox"])
    }

    @Test("the first bad lines are in the JSON of their file, with place and reason")
    func badLines() throws {
        var outcome = landed
        outcome.badLines = 2
        outcome.badLinesTold = [FileLoad.BadLine(place: TextPlace(line: 3, column: 7), reason: "a \"reason\"")]
        var report = LoadReport()
        report.add(outcome, of: "a.lp")

        let file = try #require(
            try JSONCursor(Array(report.json(destination: "a script").utf8)).member("files")?.elements().first)
        #expect(try file.member("lines_bad")?.int64() == 2)
        let lines = try #require(try file.member("bad_lines")).elements()
        #expect(lines.count == 1)
        #expect(try lines.first?.member("line")?.int64() == 3 && lines.first?.member("column")?.int64() == 7)
        #expect(try lines.first?.member("reason")?.string() == "a \"reason\"")
    }

    @Test("lines without a time are in the JSON, in all and of each file")
    func untimed() throws {
        var report = LoadReport()
        for (path, count) in [("a.lp", 1), ("b.lp", 2)] {
            var outcome = landed
            outcome.untimedLines = count
            report.add(outcome, of: path)
        }

        let root = try JSONCursor(Array(report.json(destination: "a script").utf8))
        #expect(try root.member("lines_untimed")?.int64() == 3)
        let files = try #require(try root.member("files")).elements()
        #expect(try files.map { try $0.member("lines_untimed")?.int64() } == [1, 2])
        #expect(report.isComplete)
    }
}
