import LineProtocol
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Delivery: lines that a server left out")
struct DeliveryOffendersTests {
    private static let time: Int64 = 1_767_225_600_000_000_000

    private static func partial(_ reason: String) -> RefusedCount {
        RefusedCount(
            lines: 1, isAtLeast: true, words: "failure writing points to database: partial write: \(reason)")
    }

    private static func conflict(
        _ field: String, _ measurement: String, _ offered: String, _ known: String, dropped: Int = 1
    ) -> RefusedCount {
        partial(
            "field type conflict: input field \"\(field)\" on measurement \"\(measurement)\" is type \(offered), "
                + "already exists as type \(known) dropped=\(dropped)")
    }

    private func find(
        _ lines: [String], _ count: RefusedCount, named: [RejectedLine] = [],
        _ change: (inout Offenders.Knowledge) -> Void = { _ in }
    ) -> Offenders {
        var knowledge = Offenders.Knowledge()
        knowledge.isEndless = true
        change(&knowledge)
        return Offenders.find(
            in: Array(lines.joined(separator: "\n").utf8), precision: .nanoseconds, named: named, count: count,
            knowledge: knowledge)
    }

    private func at(_ seconds: Int64) -> String { "\(Self.time + seconds * 1_000_000_000)" }

    @Test("of a named conflict all points of that field with another type, and no others")
    func conflict() {
        let found = find(
            [
                "m v=1i \(at(0))", "m v=1.5 \(at(1))", "m w=1.5 \(at(2))", "n v=1.5 \(at(3))", "m v=\"s\",w=1 \(at(4))",
                "m,t=a w=1,v=t \(at(5))", "m v=2i \(at(6))",
            ], Self.conflict("v", "m", "float", "integer", dropped: 3))

        #expect(found.lines.map(\.number) == [2, 5, 6])
        #expect(found.lines.allSatisfy { $0.isCertain })
        #expect(found.isComplete)
        #expect(found.told == .init(measurement: "m", field: "v", kind: .integer))
        #expect(
            found.lines.first?.reason == "field \"v\" of measurement \"m\" is integer, and the point has it as float")
    }

    @Test("a field that the server did not name is held against what is known, then against its first line")
    func otherFields() {
        let lines = ["m v=1 \(at(0))", "m a=1i \(at(1))", "m a=1 \(at(2))", "m b=1 \(at(3))", "m b=1i \(at(4))"]
        let words = Self.conflict("v", "m", "float", "integer", dropped: 3)

        let unknowing = find(lines, words)
        let knowing = find(lines, words) { $0.kind = { _, field in field == "a" ? .float : nil } }
        let knowingAll = find(lines, words) { $0.kind = { _, field in field == "v" ? nil : .float } }

        #expect(unknowing.lines.map(\.number) == [1, 3, 5])
        #expect(knowing.lines.map(\.number) == [1, 2, 5])
        #expect(unknowing.doubts == [.guessed(lines: 2)] && knowing.doubts == [.guessed(lines: 1)])
        #expect(unknowing.lines.map(\.isCertain) == [true, false, false])
        #expect(knowingAll.lines == find(Array(lines.prefix(5)), words) { $0.kind = { _, _ in .float } }.lines)
        #expect(knowingAll.isComplete && knowingAll.lines.allSatisfy { $0.isCertain })
    }

    @Test("a line that is refused in any case is certain, whatever its other fields are")
    func severalFaults() {
        let words = Self.conflict("v", "m", "float", "integer", dropped: 1)
        let found = find(["m a=1i \(at(0))", "m a=1.5,v=1.5 \(at(1))"], words)

        #expect(found.lines.map(\.number) == [2] && found.lines[0].isCertain && found.isComplete)
    }

    @Test("fields in front of the one at fault are learnt, those behind it are not")
    func learning() {
        let words = Self.conflict("v", "m", "float", "integer", dropped: 2)
        let found = find(["m a=1i,v=1.5,b=1i \(at(0))", "m a=1.5 \(at(1))", "m b=1.5 \(at(2))"], words)

        #expect(found.lines.map(\.number) == [1, 2])
    }

    @Test("another count than the server's, in one shard, is told as a doubt")
    func count() {
        let lines = ["m v=1 \(at(0))", "m v=2i \(at(1))", "m x=1 \(at(2))"]

        let found = find(lines, Self.conflict("v", "m", "float", "integer", dropped: 2))

        #expect(found.lines.map(\.number) == [1])
        // What the server named is certain all the same.
        #expect(found.lines.map(\.isCertain) == [true])
        #expect(found.doubts == [.countDiffers(told: 2, found: 1)])
    }

    @Test("in several shards the first line of each decides, and nothing is certain")
    func shards() {
        let week: Int64 = 604_800
        let lines = [
            "m v=1.5 \(at(0))", "m v=1i \(at(1))", "m n=1i \(at(0))", "m n=2.5 \(at(1))", "m n=2.5 \(at(week))",
            "m n=1i \(at(week + 1))", "m v=2.5 \(at(week))",
        ]

        let found = find(lines, Self.conflict("v", "m", "float", "integer"))

        #expect(found.lines.map(\.number) == [1, 4, 6, 7])
        #expect(found.lines.allSatisfy { !$0.isCertain })
        #expect(found.doubts == [.severalShards, .guessed(lines: 2)])
        let known = find(Array(lines.prefix(4)), Self.conflict("v", "m", "float", "integer", dropped: 2)) {
            $0.shardSeconds = week
        }
        #expect(known.lines.map(\.number) == [1, 4] && known.doubts == [.guessed(lines: 1)])
    }

    @Test("old points beside a conflict may be gone without a word")
    func silentRetention() {
        let lines = ["m v=1 \(at(0))", "m v=1i \(at(7_300))"]
        let words = Self.conflict("v", "m", "float", "integer")

        let later = find(lines, words) {
            $0.isEndless = false
            $0.now = Timestamp(nanoseconds: Self.time + 10_800_000_000_000)
            $0.shardSeconds = 604_800
        }
        let fresh = find(lines, words) {
            $0.isEndless = false
            $0.now = Timestamp(nanoseconds: Self.time + 3_600_000_000_000)
            $0.shardSeconds = 604_800
        }

        #expect(later.doubts == [.retention(oldLines: 1)])
        #expect(fresh.doubts.isEmpty)
    }

    @Test(
        "names are found whatever they hold",
        arguments: [
            ("a b", "m,1", #"a\ b"#, #"m\,1"#), ("é", "мера", "é", "мера"),
            ("x\" on measurement \"y", "is type float, already exists as type string", nil, nil),
            ("q\"uote", "m", "q\"uote", "m"), ("e\u{301}", "m", "e\u{301}", "m"),
        ] as [(String, String, String?, String?)])
    func names(field: String, measurement: String, fieldText: String?, measurementText: String?) {
        func escaped(_ name: String, _ bytes: String) -> String {
            name.reduce(into: "") { $0 += bytes.contains($1) ? "\\\($1)" : "\($1)" }
        }
        let start = (measurementText ?? escaped(measurement, ", ")) + " " + (fieldText ?? escaped(field, ", ="))

        for quote in [{ $0 }, { $0.replacing("\"", with: "\\\"") }] as [(String) -> String] {
            let words = Self.conflict(quote(field), quote(measurement), "float", "integer")
            let found = find(["\(start)=1.5 \(at(0))", "\(start)=1i \(at(1))", "m \u{E9}=1.5 \(at(2))"], words)
            #expect(found.lines.first?.number == 1, "\(found)")
            #expect(found.told?.field.utf8.elementsEqual(field.utf8) == true)
        }
    }

    @Test("retention: by the bound in the text, both ways, and by the count where there is no bound")
    func retention() {
        func dropped(_ which: String, at time: String, _ bound: String) -> String {
            "\(which) point m at \(time) dropped because it violates a \(bound)"
        }
        let lower = "Retention Policy Lower Bound at 2026-01-01T00:00:00.000000005Z"
        let start =
            "dropped 2 points outside retention policy of duration 1h0m0s - "
            + dropped("oldest", at: "2025-12-31T00:00:00Z", lower)
        let end = " dropped=2 for database: x for retention policy: autogen"
        let before = start + ", " + dropped("newest", at: "2026-01-01T00:00:00.000000004Z", lower) + end
        let upper = "Write Window Upper Bound at 2026-01-01T01:00:00Z"
        let both = start + ", " + dropped("newest", at: "2027-01-01T00:00:00Z", upper) + end
        let lines = [
            "m v=1 \(Self.time + 4)", "m v=1 \(Self.time + 5)", "m v=1", "m v=1 \(at(3_600))", "m v=1 \(at(3_601))",
            "violates\\ a\\ Retention\\ Policy\\ Lower\\ Bound\\ at v=1 \(Self.time - 1)",
        ]

        #expect(
            find(lines, Self.partial(before))
                == .init(lines: offenders([1, 6], "it is older than the bucket keeps points")))
        let window = find(lines, Self.partial(both))
        #expect(window.lines.map(\.number) == [1, 5, 6])
        #expect(window.doubts == [.countDiffers(told: 2, found: 3)])
        let byCount = find(lines, Self.partial("points beyond retention policy dropped=2"))
        #expect(
            byCount.lines.map(\.number) == [1, 6] && byCount.lines.allSatisfy { $0.isCertain } && byCount.isComplete)
        let tie = find(["m v=1 5", "m,k=b v=1 5", "m v=2 9"], Self.partial("points beyond retention policy dropped=1"))
        #expect(tie.lines.map(\.number) == [1, 2] && tie.doubts == [.countDiffers(told: 1, found: 2)])
        #expect(!find(lines, Self.partial("points beyond retention policy")).isComplete)
    }

    private func offenders(_ numbers: [Int], _ reason: String) -> [Offenders.Offender] {
        numbers.map { .init(number: $0, reason: reason, isCertain: true) }
    }

    @Test("strings that are too long, and points of a field called time only")
    func shapes() {
        let long = "m v=\"\(String(repeating: "y", count: 20))\" \(at(0))"
        let words = Self.partial("input field \"v\" on measurement \"m\" is too long, 20 > 19 dropped=1")
        #expect(
            find([long, "m v=\"\(String(repeating: "y", count: 19))\" \(at(1))"], words).lines.map(\.number) == [1])

        let time = Self.partial("invalid field name: input field \"time\" on measurement \"m\" is invalid dropped=1")
        let found = find(["m time=1,v=2 \(at(0))", "m time=1 \(at(1))", "m time=1i,v=2 \(at(2))"], time)
        #expect(found.lines.map(\.number) == [2] && found.isComplete)
        // 2.9 tells of a field that it left out of a point which it stored.
        let stripped = find(
            ["m time=1,v=2 \(at(0))"],
            Self.partial("invalid field name: input field \"time\" on measurement \"m\" is invalid dropped=0"))
        #expect(stripped.lines.isEmpty && stripped.isComplete)
    }

    @Test("named lines are taken as named")
    func named() {
        let lines = [
            RejectedLine(line: "m v=", number: 2, reason: "r"), RejectedLine(line: "x", number: nil, reason: "q"),
        ]

        let all = find([], RefusedCount(lines: 1, isAtLeast: false), named: [lines[0]])
        let some = find([], RefusedCount(lines: 2, isAtLeast: false), named: lines)
        let more = find([], RefusedCount(lines: 5, isAtLeast: true), named: [lines[0]])

        #expect(all == .init(lines: [.init(number: 2, reason: "r", isCertain: true)]))
        #expect(some.doubts == [.notFound(lines: 1)])
        #expect(more.doubts == [.countDiffers(told: 5, found: 1)])
    }

    @Test(
        "a reason that tells nothing of lines accuses none",
        arguments: ["shard 7 is pending deletion dropped=3", "", "x"])
    func unknown(reason: String) {
        let found = find(["m v=1 \(at(0))"], Self.partial(reason))

        #expect(found.lines.isEmpty)
        #expect(!found.isComplete)
        #expect(found.doubts.allSatisfy { !"\($0)".isEmpty })
    }

    @Test("a line that strict line protocol does not have is a doubt, and lost at InfluxDB 1")
    func unreadable() {
        let lines = ["m v=1 \(at(0))", "m v=\"a\"b \(at(1))"]
        let words = Self.conflict("v", "m", "float", "integer")

        #expect(find(lines, words).doubts == [.unreadable(lines: 1)])
        let version1 = find(lines, words) { $0.losesUnreadable = true }
        #expect(version1.lines.map(\.number) == [1, 2] && version1.lines.map(\.isCertain) == [true, false])
    }
}
