import CoinlineJSON
import LineProtocol
import MarketData
import TestKit
import Testing

@testable import MarketSources

/// What LCW-Fetch itself wrote for recorded and made-up records.
private struct Golden {
    let record: JSONCursor
    let kind: String
    let code: String?
    /// The original's point; nil where it wrote none.
    let point: Point?
    /// The original refused the whole record.
    let isRefused: Bool
    let name: String

    init(_ entry: JSONCursor) throws {
        kind = try entry.requiredMember("kind").string()
        code = try entry.member("code_asked")?.string()
        if let inline = try entry.member("answer_inline") {
            record = inline
            name = try entry.requiredMember("name").string()
        } else {
            let file = try entry.requiredMember("answer").string()
            let root = try JSONCursor(recorded("livecoinwatch/" + file))
            let index = try entry.member("index").map { Int(try $0.int64()) }
            record = try index.map { try root.elements()[$0] } ?? root
            name = index.map { "\(file)[\($0)]" } ?? file
        }
        let line = try entry.requiredMember("line")
        isRefused = line.kind == .object
        point = line.kind == .string ? try Self.parse(Array(line.string().utf8)) : nil
    }

    static func parse(_ line: [UInt8]) throws -> Point? {
        var parser = LineParser(line, precision: .milliseconds)
        return try parser.next()?.point
    }

    /// Ours for the same record, as it comes out of the encoder.
    func ours(currency: String, fetchTime: Timestamp) throws -> Point? {
        let bytes = Array(record.rawBytes)
        let list = [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")]
        let point: Point?
        switch kind {
        case "coin":
            let coin: Coin? =
                try code.map { try LiveCoinWatchAnswers.coin(bytes, code: $0).value }
                ?? LiveCoinWatchAnswers.coins(list).value.first
            point = coin.flatMap { MarketPoints.point($0, currency: currency, time: fetchTime) }
        case "exchange":
            let exchange = try LiveCoinWatchAnswers.exchanges(list).value.first
            point = exchange.flatMap { MarketPoints.point($0, currency: currency, time: fetchTime) }
        default:
            if try record.member("date") != nil {
                point = try MarketPoints.points(LiveCoinWatchAnswers.overviewHistory(list).value, currency: currency)
                    .first
            } else {
                let overview = try LiveCoinWatchAnswers.overview(bytes).value
                point = MarketPoints.point(overview, currency: currency, time: fetchTime)
            }
        }
        guard let point else { return nil }
        var encoder = LineEncoder(precision: .milliseconds, text: .replace)
        try encoder.append(point)
        return try Self.parse(encoder.take())
    }
}

@Suite("LCW-Fetch's own lines", .requiresSharedFacts)
struct GoldenTests {
    /// 2026-01-01T00:00:00.123456Z, which LCW-Fetch cuts to the millisecond.
    private let fetchTime = Timestamp(nanoseconds: 1_767_225_600_123_000_000)

    @Test("our points have the same measurement, tags, time, and at least the same fields")
    func allPairs() throws {
        let cases = try JSONCursor(recorded("lcw-fetch/golden.json")).requiredMember("cases").elements()
        var compared = 0

        for entry in cases {
            let golden = try Golden(entry)
            try check(golden)
            compared += 1
        }

        print("golden pairs: \(compared) compared")
        #expect(compared == 68)
    }

    private func check(_ golden: Golden) throws {
        guard let theirs = golden.point else {
            let ours = try golden.ours(currency: "USD", fetchTime: fetchTime)
            // A record that was refused for its rank comes without the rank; nothing else comes where nothing came.
            let isExpected =
                golden.isRefused ? ours.map { !$0.fields.contains { $0.key == "rank" } } == true : ours == nil
            #expect(isExpected, "\(golden.name)")
            return
        }
        let currency = try #require(theirs.tags.first { $0.key == "currency" }?.value)
        let ours = try golden.ours(currency: currency, fetchTime: fetchTime)
        if theirs.tags.contains(LineProtocol.Tag("code", "UNKNOWN")) {
            #expect(ours == nil, "\(golden.name)")
            return
        }
        let point = try #require(ours, "\(golden.name)")
        #expect(point.measurement == theirs.measurement, "\(golden.name)")
        let tags = theirs.tags.map { Self.withoutBlankForBackslash($0) }
        #expect(point.tags == tags, "\(golden.name)")
        #expect(try point.time == time(of: golden), "\(golden.name)")
        for field in theirs.fields { #expect(point.fields.contains(field), "\(golden.name): \(field)") }
        // What is added is declared as added.
        let known = Set(theirs.fields.map(\.key))
        for field in point.fields where !known.contains(field.key) {
            let origin = Schema.measurement(point.measurement)?.field(field.key)?.origin
            #expect(origin == .added, "\(golden.name): \(field)")
        }
    }

    /// The original writes a blank in place of a trailing backslash; we cut it.
    private static func withoutBlankForBackslash(_ tag: LineProtocol.Tag) -> LineProtocol.Tag {
        tag.value.hasSuffix(" ") ? LineProtocol.Tag(tag.key, String(tag.value.dropLast())) : tag
    }

    /// The original stamps an overview's history with the time of fetching; ours has each row's own.
    private func time(of golden: Golden) throws -> Timestamp? {
        guard golden.kind == "overview", let date = try golden.record.member("date") else { return fetchTime }
        return Timestamp(try date.int64(), precision: .milliseconds)
    }
}
