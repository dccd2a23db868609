import CoinlineBase
import MarketData
import Testing

@testable import MarketSources

/// A page of coins `C<first>` and so on.
private func page(_ codes: Range<Int>) -> Script.Answer {
    .json("[" + codes.map { #"{"code":"C\#($0)","rank":\#($0 + 1),"rate":1}"# }.joined(separator: ",") + "]")
}

private func offsetsAndLimits(_ script: Script) -> [String] {
    script.bodies.map { body in
        body.split(separator: ",").filter { $0.contains("offset") || $0.contains("limit") }.joined(separator: " ")
    }
}

@Suite("Sweeps over the list of coins")
struct SweepTests {
    @Test("ends with as many as were wanted")
    func wanted() async {
        let script = Script([page(0..<100), page(100..<200), page(200..<250)])

        let sweep = await script.client().sweep(coins: 250)

        #expect(sweep.coins.map(\.code) == (0..<250).map { "C\($0)" } && sweep.failures.isEmpty)
        #expect(
            offsetsAndLimits(script) == [
                #""offset":0 "limit":100"#, #""offset":100 "limit":100"#, #""offset":200 "limit":50"#,
            ])
    }

    @Test("ends with a page that comes short", arguments: [0, 1, 99])
    func shortPage(count: Int) async {
        let script = Script([page(0..<100), page(100..<(100 + count))])

        let sweep = await script.client().sweep(coins: 1_000)

        #expect(sweep.coins.count == 100 + count && script.requests.count == 2 && sweep.pages.count == 2)
    }

    @Test("records that are left out do not make a page short")
    func skippedRecords() async {
        let bad = Script.Answer.json("[" + Array(repeating: "7", count: 10).joined(separator: ",") + "]")
        let script = Script([bad, page(10..<20)])

        let sweep = await script.client().sweep(coins: 20, perRequest: 10)

        #expect(sweep.coins.map(\.code) == (10..<20).map { "C\($0)" } && sweep.skipped.count == 10)
    }

    @Test("what is left out is told by its place in the whole list")
    func skippedPaths() async {
        let bad = Script.Answer.json(#"[{"code":"X","rate":{}},7]"#)
        let script = Script([page(0..<2), bad, page(4..<6)])

        let sweep = await script.client().sweep(coins: 6, perRequest: 2)

        #expect(sweep.skipped.map(\.path) == ["coins[2].rate", "coins[3]"])
    }

    @Test("a coin that moved to the next page comes once")
    func duplicates() async {
        let script = Script([page(0..<10), page(8..<18)])

        let sweep = await script.client().sweep(coins: 20, perRequest: 10)

        #expect(sweep.coins.map(\.code) == (0..<18).map { "C\($0)" } && sweep.duplicates == 2)
    }

    @Test("coins whose codes differ by underscores are different coins")
    func underscores() async {
        let script = Script([.json(#"[{"code":"STX"},{"code":"_STX"},{"code":" stx"}]"#)])

        let sweep = await script.client().sweep(coins: 3, perRequest: 3)

        #expect(sweep.coins.map(\.code) == ["STX", "_STX"] && sweep.duplicates == 1)
    }

    @Test("a page that fails is recorded and the rest goes on")
    func failedPage() async {
        let script = Script([page(0..<10), .status(400), page(20..<30)])

        let sweep = await script.client().sweep(coins: 30, perRequest: 10)

        #expect(sweep.coins.count == 20 && sweep.failures.map(\.page) == ["coins 11 to 20"])
        #expect(sweep.failures.first?.error.kind == .badRequest(status: 400, "d"))
        #expect(
            script.events.contains(
                .pageFailed(endpoint: "/coins/list", page: "coins 11 to 20", reason: "refused (400)")))
    }

    @Test("a failure that would repeat ends the sweep", arguments: [401, 403])
    func finalFailure(status: Int) async {
        let script = Script([page(0..<10), .status(status)])

        let sweep = await script.client().sweep(coins: 100, perRequest: 10)

        #expect(sweep.coins.count == 10 && sweep.failures.count == 1 && script.requests.count == 2)
    }

    @Test("a service that stays down is not asked for every page")
    func downUpstream() async {
        let script = Script([.status(500)])

        let sweep = await script.client().sweep(coins: 1_000, perRequest: 10)

        #expect(sweep.pages.isEmpty && sweep.failures.count == 3 && script.requests.count == 5)
    }

    @Test("without a wish nothing is asked", arguments: [0, -1])
    func nothingWanted(count: Int) async {
        let script = Script([page(0..<10)])

        let sweep = await script.client().sweep(coins: count)

        #expect(sweep.pages.isEmpty && script.requests.isEmpty)
    }

    @Test("pages of more than 100 become several requests")
    func largePages() async {
        let script = Script([page(0..<100), page(100..<200)])

        let sweep = await script.client().sweep(coins: 200, perRequest: 500)

        #expect(sweep.coins.count == 200 && script.requests.count == 2)
    }
}

@Suite("Chosen coins")
struct ChosenCoinsTests {
    @Test("are asked for in hundreds, each once")
    func chunks() async {
        let script = Script([page(0..<100), page(100..<200), page(200..<250)])
        let codes = (0..<250).map { "c\($0)" } + [" C0 ", "", "c1"]

        let sweep = await script.client().chosen(codes)

        #expect(sweep.coins.count == 250 && sweep.missing.isEmpty && sweep.failures.isEmpty)
        #expect(script.requests.count == 3)
        #expect(
            script.bodies[2].hasPrefix(#"{"codes":["C200","C201","#)
                && script.bodies[2].contains(#""limit":0,"meta":true"#))
    }

    @Test("a code that the service does not know is named")
    func missing() async {
        let script = Script([.json(#"[{"code":"ETH"}]"#)])

        let sweep = await script.client().chosen(["btc", "ETH", "nope"])

        #expect(sweep.coins.map(\.code) == ["ETH"] && sweep.missing == ["BTC", "NOPE"])
    }

    @Test("codes of a call that failed are not missing but failed")
    func failedChunk() async {
        let script = Script([.status(400)])

        let sweep = await script.client().chosen(["BTC", "ETH"])

        #expect(sweep.missing.isEmpty && sweep.failures.map(\.page) == ["BTC,ETH"])
    }

    @Test("without a code nothing is asked")
    func none() async {
        let script = Script([page(0..<1)])

        let sweep = await script.client().chosen(["", " "])

        #expect(sweep.pages.isEmpty && script.requests.isEmpty)
    }
}
