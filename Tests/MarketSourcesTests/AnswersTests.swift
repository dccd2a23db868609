import CoinlineJSON
import LineProtocol
import MarketData
import TestKit
import Testing

@testable import MarketSources

private func coins(_ text: String) throws -> Decoded<[Coin]> {
    try LiveCoinWatchAnswers.coins(Array(text.utf8))
}

private func texts(_ decoded: Decoded<some Sendable>) -> [String] {
    decoded.skipped.map { "\($0.path): \($0.reason)" }
}

@Suite("Answers of Live Coin Watch")
struct AnswersTests {
    @Test("one bad value costs that value and names its path")
    func badValue() throws {
        let page = try coins(
            #"[{"code":"A","rate":1},{"code":"B","rate":"x","volume":2},{"code":"C","delta":{"day":[]}}]"#)

        #expect(page.value.map(\.code) == ["A", "B", "C"])
        #expect(page.value[1].rate == nil && page.value[1].volume == 2)
        #expect(
            texts(page) == [
                "coins[1].rate: expected a number, found a string",
                "coins[2].delta.day: expected a number, found an array",
            ])
        #expect(page.skipped.allSatisfy { !$0.isRecord } && page.recordCount == 3)
    }

    @Test("one bad record costs that record and not its neighbours")
    func badRecord() throws {
        let page = try coins(
            #"[{"code":"A"},7,null,[],"x",{"rate":1},{"code":"  "},{"code":9},{"code":null},{"code":"Z"}]"#)

        #expect(page.value.map(\.code) == ["A", "Z"])
        #expect(
            texts(page) == [
                "coins[1]: expected an object, found a number",
                "coins[2]: expected an object, found null",
                "coins[3]: expected an object, found an array",
                "coins[4]: expected an object, found a string",
                "coins[5]: the member \"code\" is missing",
                "coins[6].code: expected a code, found a blank text",
                "coins[7].code: expected a string, found a number",
                "coins[8]: the member \"code\" is missing",
            ])
        #expect(page.skipped.allSatisfy(\.isRecord) && page.skippedCount == 8 && page.recordCount == 10)
    }

    @Test(
        "numbers are read in every form",
        arguments: [
            ("3", 3), ("3.0", 3), ("-0.5", -0.5), ("1e-12", 1e-12), ("1.1079815049231357e-05", 1.1079815049231357e-05),
            (#""1.50""#, 1.5), (#"" 2e3 ""#, 2_000), ("9007199254740993", 9_007_199_254_740_992), ("1e21", 1e21),
            ("123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890.0), ("1e-400", 0),
        ] as [(String, Double)])
    func numbers(text: String, expected: Double) throws {
        let page = try coins(#"[{"code":"A","rate":\#(text)}]"#)

        #expect(page.value.first?.rate == expected && page.skipped.isEmpty)
    }

    @Test(
        "what is no number is no value",
        arguments: [
            #""""#, #""nan""#, #""inf""#, #""Infinity""#, #""0x10""#, #""1 2""#, #""1,5""#, "true", "{}", "[]", "1e400",
            #""1e400""#, #""-""#, #""--1""#,
        ])
    func notNumbers(text: String) throws {
        let page = try coins(#"[{"code":"A","rate":\#(text),"volume":1}]"#)

        #expect(page.value.first?.rate == nil && page.value.first?.volume == 1)
        #expect(page.skipped.map(\.path) == ["coins[0].rate"])
    }

    @Test("null and missing are the same, and nothing to note")
    func nullAndMissing() throws {
        let page = try coins(
            #"[{"code":"A","rate":null,"rank":null,"name":null,"symbol":null,"delta":null},{"code":"A"}]"#)

        #expect(page.value[0] == page.value[1] && page.skipped.isEmpty)
    }

    @Test(
        "whole numbers are read in every form",
        arguments: [
            ("3", 3), ("3.0", 3), ("3e2", 300), (#""12""#, 12), (#""12.0""#, 12), ("9223372036854775807", .max),
            (#""9223372036854775807""#, .max),
        ] as [(String, Int64)])
    func integers(text: String, expected: Int64) throws {
        let page = try coins(#"[{"code":"A","markets":\#(text)}]"#)

        #expect(page.value.first?.markets == expected && page.skipped.isEmpty)
    }

    @Test(
        "what is no whole number is no count",
        arguments: ["3.5", "9223372036854775808", "-1", #""3.5""#, #""x""#, "true"])
    func notIntegers(text: String) throws {
        let page = try coins(#"[{"code":"A","markets":\#(text)}]"#)

        #expect(page.value.first?.markets == nil)
        #expect(page.skipped.map(\.path) == ["coins[0].markets"])
    }

    @Test("a rank below 1 costs the rank", arguments: ["0", "-3", "0.0"])
    func rank(text: String) throws {
        let page = try coins(#"[{"code":"A","rank":\#(text),"rate":1}]"#)

        #expect(page.value.first?.rank == nil && page.value.first?.rate == 1)
        #expect(texts(page) == ["coins[0].rank: expected a rank from 1"])
    }

    @Test("codes are trimmed and in upper case, and keep their underscores")
    func codes() throws {
        let page = try coins(#"[{"code":" btc "},{"code":"_STX"},{"code":"STX"}]"#)

        #expect(page.value.map(\.code) == ["BTC", "_STX", "STX"])
    }

    @Test("names keep whatever they hold")
    func names() throws {
        let page = try coins(##"[{"code":"A","name":"a, b=c \"q\" \\ 🚀 ش\n\u0000"},{"code":"B","name":7}]"##)

        #expect(page.value[0].name == "a, b=c \"q\" \\ 🚀 ش\n\u{0}")
        #expect(page.value[1].name == nil && page.skipped.map(\.path) == ["coins[1].name"])
    }

    @Test("unknown members of any kind do no harm")
    func unknownMembers() throws {
        let page = try coins(#"[{"code":"A","new":{"deep":[1,{"x":null}]},"rate":1,"links":{"website":null}}]"#)

        #expect(page.value.first?.rate == 1 && page.skipped.isEmpty)
    }

    @Test("of very much that is left out the rest is only counted")
    func boundedNotes() throws {
        let text = "[" + Array(repeating: "1", count: 5_000).joined(separator: ",") + "]"

        let page = try coins(text)

        #expect(page.skipped.count == 1_000 && page.skippedCount == 5_000 && page.recordCount == 5_000)
    }

    @Test("a list that is none is an error", arguments: ["{}", "7", #""x""#, "null"])
    func notAList(text: String) {
        #expect(throws: JSONError.self) { try coins(text) }
        #expect(throws: JSONError.self) { try LiveCoinWatchAnswers.exchanges(Array(text.utf8)) }
        #expect(throws: JSONError.self) { try LiveCoinWatchAnswers.overviewHistory(Array(text.utf8)) }
    }

    // MARK: Single records

    @Test("a single coin gets the code that was asked for")
    func singleCoin() throws {
        let coin = try LiveCoinWatchAnswers.coin(Array(#"{"rate":1.5}"#.utf8), code: "btc").value

        #expect(coin.code == "BTC" && coin.rate == 1.5)
    }

    @Test("a coin by contract has the code of the answer, and without one it is an error")
    func coinByContract() throws {
        #expect(try LiveCoinWatchAnswers.coinByContract(Array(#"{"code":"ETH","rate":1}"#.utf8)).value.code == "ETH")
        #expect(throws: JSONError.self) { try LiveCoinWatchAnswers.coinByContract(Array(#"{"rate":1}"#.utf8)) }
    }

    @Test(
        "an overview may come inside an array", arguments: [#"{"cap":2}"#, #"[{"cap":2}]"#, #"[{"cap":2},{"cap":3}]"#])
    func overview(text: String) throws {
        #expect(try LiveCoinWatchAnswers.overview(Array(text.utf8)).value == MarketOverview(marketCap: 2))
    }

    @Test("an overview without any value is an error", arguments: ["{}", "[]", #"{"cap":null}"#, #"{"cap":"x"}"#, "7"])
    func emptyOverview(text: String) {
        #expect(throws: JSONError.self) { try LiveCoinWatchAnswers.overview(Array(text.utf8)) }
    }

    @Test("credits are whole numbers in any form, and both must be there")
    func credits() throws {
        let text = #"{"dailyCreditsRemaining":9995.0,"dailyCreditsLimit":"10000"}"#
        #expect(try LiveCoinWatchAnswers.credits(Array(text.utf8)).value == Credits(remaining: 9_995, limit: 10_000))
        for bad in [
            "{}", "[]", #"{"dailyCreditsRemaining":1}"#, #"{"dailyCreditsRemaining":null,"dailyCreditsLimit":1}"#,
            #"{"dailyCreditsRemaining":-1,"dailyCreditsLimit":1}"#,
        ] {
            #expect(throws: JSONError.self) { try LiveCoinWatchAnswers.credits(Array(bad.utf8)) }
        }
    }

    // MARK: History

    @Test("history rows keep their own time; a row without a good one is left out")
    func history() throws {
        let text = #"""
            {"name":"Bitcoin","rank":1,"circulatingSupply":9,"history":[{"date":1617035100000,"rate":1,"liquidity":2},
            {"rate":1},{"date":0,"rate":1},{"date":-5},{"date":"x"},{"date":1.5},{"date":1e300},{"date":9e18},
            {"date":"1617035400000","cap":3}]}
            """#

        let history = try LiveCoinWatchAnswers.coinHistory(Array(text.utf8), code: "btc")

        #expect(history.value.code == "BTC" && history.value.name == "Bitcoin")
        #expect(
            history.value.entries.map { $0.time.value(in: .milliseconds) } == [1_617_035_100_000, 1_617_035_400_000])
        #expect(history.value.entries[0].rate == 1 && history.value.entries[0].liquidity == 2)
        #expect(history.value.entries[1].marketCap == 3 && history.value.entries[1].rate == nil)
        #expect(history.skipped.map(\.path).first == "coin.history[1]")
        #expect(history.skippedCount == 7 && history.skipped.allSatisfy(\.isRecord) && history.recordCount == 9)
    }

    @Test("a history that is none is an error", arguments: ["{}", "[]", #"{"history":{}}"#, #"{"history":null}"#])
    func notAHistory(text: String) {
        #expect(throws: JSONError.self) { try LiveCoinWatchAnswers.coinHistory(Array(text.utf8), code: "BTC") }
    }

    @Test("an empty history is one")
    func emptyHistory() throws {
        let history = try LiveCoinWatchAnswers.coinHistory(Array(#"{"history":[]}"#.utf8), code: "BTC")

        #expect(history.value == CoinHistory(code: "BTC") && history.skipped.isEmpty)
    }

    @Test("a past overview without time or values is left out")
    func overviewHistory() throws {
        let text = #"[{"date":300000,"cap":1},{"cap":1},{"date":600000},{"date":900000,"btcDominance":0.5}]"#

        let history = try LiveCoinWatchAnswers.overviewHistory(Array(text.utf8))

        #expect(history.value.map { $0.time.value(in: .milliseconds) } == [300_000, 900_000])
        #expect(history.skipped.map(\.path) == ["overviews[1]", "overviews[2]"])
    }

    // MARK: Damage

    @Test("answers damaged at random are errors or data, never a crash")
    func damage() {
        let seed = SeededGenerator.seed
        print("damaged answers: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let whole = Array(
            #"""
            [{"code":"BTC","name":"a\n\u00e9","rank":1,"rate":1.5e-3,"volume":"2","delta":{"hour":null,"day":1}},
            {"date":1617035100000,"cap":9007199254740993,"history":[{"date":1e12,"rate":1}],"countries":["A"]}]
            """#.utf8)

        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array(#"[]{}",:0-9eE.\n"#.utf8).randomElement(using: &random) ?? 0, at: place)
                }
            }
            decodeWithEverything(bytes)
            // The record alone, too, for the calls that answer with one.
            decodeWithEverything(Array(bytes.dropFirst().prefix { $0 != 0x0A }.dropLast()))
        }
    }

    private func decodeWithEverything(_ bytes: [UInt8]) {
        let decoders: [([UInt8]) throws -> Int] = [
            { try LiveCoinWatchAnswers.coins($0).value.count }, { try LiveCoinWatchAnswers.exchanges($0).value.count },
            { try LiveCoinWatchAnswers.overviewHistory($0).value.count },
            { try LiveCoinWatchAnswers.fiats($0).value.count }, { try LiveCoinWatchAnswers.platforms($0).value.count },
            { try LiveCoinWatchAnswers.coin($0, code: "X").recordCount },
            { try LiveCoinWatchAnswers.coinByContract($0).recordCount },
            { try LiveCoinWatchAnswers.coinHistory($0, code: "X").value.entries.count },
            { try LiveCoinWatchAnswers.exchange($0).recordCount },
            { try LiveCoinWatchAnswers.overview($0).recordCount },
            { try LiveCoinWatchAnswers.credits($0).recordCount },
        ]
        for decode in decoders {
            do { #expect(try decode(bytes) >= 0) } catch { #expect(error is JSONError) }
        }
    }
}
