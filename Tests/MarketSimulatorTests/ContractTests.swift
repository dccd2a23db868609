import CoinlineBase
import CoinlineJSON
import MarketData
import MarketSimulator
import TestKit
import Testing

@Suite("The Live Coin Watch contract")
struct ContractTests {
    static let now = SimulatedService.time

    @Test("status needs no key and is an empty object")
    func status() async throws {
        try await withService { service async throws in
            let answer = try await service.ask("/status", "", headers: [])

            #expect(answer.status == 200)
            #expect(answer.text == "{}")
            #expect(service.simulator.creditsRemaining == 10_000)
        }
    }

    @Test("every answer is marked as simulated and dated by the clock of the market")
    func marks() async throws {
        try await withService {
            $0.seed = 42
        } _: { service async throws in
            for (path, status) in [("/status", 200), ("/overview", 200), ("/nowhere", 404), ("/coins/single", 400)] {
                let answer = try await service.ask(path)
                #expect(answer.status == status)
                #expect(answer.header("X-Coinline-Simulated") == "seed=42")
                #expect(answer.header("Date") == Self.now.httpDate)
                #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
            }
        }
    }

    // MARK: Refusals

    @Test("without a key, with an empty one or with a wrong one it is 401, in the service's words")
    func keys() async throws {
        try await withService {
            $0.key = "right"
        } _: { service async throws in
            let json = SimulatedService.json
            let missing = try await service.ask("/credits", headers: [json])
            #expect(missing.status == 401)
            #expect(
                missing.text
                    == #"{"error":{"code":401,"status":"Unauthorized","description":"The requester is not authorized to access the resource. This is similar to 403 but is used in cases where authentication is expected but has failed or has not been provided."}}"#
            )
            let empty = try await service.ask("/credits", headers: [json, ("x-api-key", "")])
            #expect(empty.body == missing.body)
            let wrong = try await service.ask("/overview", headers: [json, ("x-api-key", "wrong")])
            #expect(wrong.status == 401)
            #expect(
                wrong.text == #"{"error":{"code":401,"status":"Unauthorized","description":"Your API key is wrong."}}"#)
            let right = try await service.ask("/overview", headers: [json, ("x-api-key", "right")])
            #expect(right.status == 200)
            #expect(service.simulator.creditsRemaining == 9_999)
        }
    }

    @Test("other methods, formats, paths and content types are refused")
    func refusals() async throws {
        try await withService { service async throws in
            let get = try await service.ask("/credits", "", method: "GET")
            #expect(get.status == 405)
            #expect(
                get.text
                    == #"{"error":{"code":405,"status":"Method Not Available.","description":"You tried to access a resource with an invalid method."}}"#
            )
            let xml = try await service.ask(
                "/credits", headers: [SimulatedService.key, SimulatedService.json, ("Accept", "text/xml")])
            #expect(xml.status == 406)
            for accept in ["*/*", "application/json", "text/html, application/json;q=0.5", "application/*"] {
                let answer = try await service.ask(
                    "/credits", headers: [SimulatedService.key, SimulatedService.json, ("Accept", accept)])
                #expect(answer.status == 200, "\(accept)")
            }
            #expect(try await service.ask("/coins/list/").status == 404)
            #expect(try await service.ask("/COINS/LIST").status == 404)
            let form = try await service.ask(
                "/coins/list", headers: [SimulatedService.key, ("content-type", "application/x-www-form-urlencoded")])
            #expect(form.status == 400)
        }
    }

    @Test(
        "a bad request is 400 and says why",
        arguments: [
            ("/coins/list", #"{"limit":101}"#, "limit must lie between 1 and 100"),
            ("/coins/list", #"{"limit":0}"#, "limit must lie between 1 and 100"),
            ("/coins/list", #"{"limit":"10"}"#, "body.limit: expected a number, found a string"),
            ("/coins/list", #"{"limit":1.5}"#, "whole number"), ("/coins/list", #"{"offset":-1}"#, "offset must lie"),
            ("/coins/list", #"{"sort":"delta.hour"}"#, "sort must be one of rank, price, volume, code, name, age"),
            ("/coins/list", #"{"order":"up"}"#, "order must be one of"),
            ("/coins/list", #"{"currency":"QQQ"}"#, "the currency is unknown"),
            ("/coins/list", #"{"meta":"yes"}"#, "body.meta"),
            ("/coins/list", "[]", "expected an object, found an array"),
            ("/coins/list", "{", "the document ends"), ("/coins/list", "nonsense", #"expected "null", found 'o'"#),
            ("/coins/single", "{}", "code is required"), ("/coins/single", #"{"code":""}"#, "code is required"),
            ("/coins/single", #"{"code":"BTC","currency":"QQQ"}"#, "the currency is unknown"),
            ("/coins/single/history", #"{"code":"BTC","start":1}"#, "end is required"),
            ("/coins/single/history", #"{"code":"BTC","end":1}"#, "start is required"),
            ("/overview/history", "{}", "start is required"), ("/overview", #"{"currency":5}"#, "body.currency"),
            ("/coins/map", "{}", "codes is required"), ("/coins/map", #"{"codes":"BTC"}"#, "body.codes"),
            ("/coins/map", #"{"codes":[1]}"#, "body.codes[0]"), ("/coins/contract", "{}", "platform is required"),
            ("/exchanges/list", #"{"sort":"rank"}"#, "sort must be one of volume"),
            ("/exchanges/list", #"{"limit":200}"#, "limit must lie"), ("/exchanges/single", "{}", "code is required"),
        ])
    func badRequests(path: String, body: String, reason: String) async throws {
        try await withService { service async throws in
            let answer = try await service.ask(path, body)

            #expect(answer.status == 400)
            let error = try JSONCursor(answer.body).requiredMember("error")
            #expect(try error.whole("code") == 400)
            #expect(try error.text("description").contains(reason))
            #expect(service.simulator.creditsRemaining == 9_999, "a request costs a credit whatever it returns")
        }
    }

    @Test(
        "what does not exist is 404",
        arguments: [
            ("/coins/single", #"{"code":"NONE"}"#), ("/coins/single", #"{"code":"btc"}"#),
            ("/coins/single/history", #"{"code":"NONE","start":1,"end":2}"#),
            ("/exchanges/single", #"{"code":"none"}"#),
            ("/coins/contract", #"{"platform":"ETH","address":"0x00"}"#),
            ("/coins/contract", #"{"platform":"XYZ","address":"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"}"#),
        ])
    func unknown(path: String, body: String) async throws {
        try await withService { service async throws in
            #expect(try await service.ask(path, body).status == 404)
        }
    }

    // MARK: Coins

    @Test("a page of the list is what the market says, coin by coin", arguments: ["USD", "EUR", "GBP", "BTC", "ETH"])
    func list(currency: String) async throws {
        try await withService { service async throws in
            let body = #"{"currency":"\#(currency)","limit":100,"meta":true}"#
            let page = try await service.document("/coins/list", body).elements()
            let expected = service.market.coins(at: Self.now, currency: currency)

            #expect(page.count == 100)
            for (record, var coin) in zip(page, expected) {
                coin.liquidity = nil
                #expect(try record.text("code") == coin.code)
                if coin.code == Market.malformedCode {
                    #expect(try record.requiredMember("rate").kind == .object)
                    continue
                }
                #expect(try Self.coin(record) == coin)
            }
        }
    }

    /// What a careful reader makes of a record.
    static func coin(_ record: JSONCursor) throws -> Coin {
        let code = try record.text("code")
        var coin = Coin(code: code)
        coin.name = try record.member("name").flatMap { $0.isNull ? nil : try $0.string() }
        coin.symbol = try record.member("symbol").flatMap { $0.isNull ? nil : try $0.string() }
        for (name, path) in [
            ("rank", \Coin.rank), ("age", \.ageDays), ("exchanges", \.exchanges), ("markets", \.markets),
            ("pairs", \.pairs),
        ] {
            coin[keyPath: path] = try record.optionalNumber(name).map { Int64($0) }
        }
        for (name, path) in [
            ("rate", \Coin.rate), ("volume", \.volume), ("cap", \.marketCap), ("liquidity", \.liquidity),
            ("allTimeHighUSD", \.allTimeHighUSD), ("circulatingSupply", \.circulatingSupply),
            ("totalSupply", \.totalSupply), ("maxSupply", \.maxSupply),
        ] {
            coin[keyPath: path] = try record.optionalNumber(name)
        }
        if let delta = try record.member("delta") {
            for (name, path) in [
                ("hour", \Deltas.hour), ("day", \.day), ("week", \.week), ("month", \.month), ("quarter", \.quarter),
                ("year", \.year),
            ] {
                coin.delta[keyPath: path] = try delta.optionalNumber(name)
            }
        }
        return coin
    }

    @Test("three pages bring every coin once, and a page past the end is empty")
    func paging() async throws {
        try await withService { service async throws in
            var codes: [String] = []
            for offset in [0, 100, 200, 300] {
                let page = try await service.document("/coins/list", #"{"offset":\#(offset),"limit":100}"#).elements()
                #expect(page.count == (offset < 300 ? 100 : 0))
                for record in page { codes.append(try record.text("code")) }
            }
            #expect(codes == service.market.coins(at: Self.now).map(\.code))
            #expect(try await service.document("/coins/list").elements().count == 10)
        }
    }

    @Test("without meta a record has exactly the five fields")
    func shortForm() async throws {
        try await withService { service async throws in
            let record = try await service.document("/coins/list", #"{"limit":1}"#).elements()[0]

            #expect(record.names == ["code", "rate", "volume", "cap", "delta"])
            let single = try await service.document("/coins/single", #"{"code":"BTC"}"#)
            #expect(single.names == ["rate", "volume", "cap", "liquidity", "delta"])
            #expect(try single.number("rate") == service.market.coin("BTC", at: Self.now)?.rate)
        }
    }

    @Test(
        "lists are sorted by each key in both directions, the coins without that key last",
        arguments: ["rank", "price", "volume", "code", "name", "age"], ["ascending", "descending"])
    func sorting(sort: String, order: String) async throws {
        try await withService { service async throws in
            var records: [JSONCursor] = []
            for offset in [0, 100, 200] {
                let body = #"{"sort":"\#(sort)","order":"\#(order)","offset":\#(offset),"limit":100,"meta":true}"#
                records += try await service.document("/coins/list", body).elements()
            }

            let field = ["rank": "cap", "price": "rate"][sort] ?? sort
            let values = try records.filter { try $0.text("code") != Market.malformedCode }.map { try $0.member(field) }
            if field == "code" || field == "name" {
                let texts = try values.map { try $0.flatMap { $0.isNull ? nil : try $0.string() } }
                expectSorted(texts, isAscending: order == "ascending", nilsAreLast: true)
            } else {
                let numbers = try values.map { try $0.flatMap { $0.isNull ? nil : try $0.double() } }
                // The best rank is the biggest capitalisation; coins that hide theirs keep their place.
                let isAscending = (order == "ascending") != (sort == "rank")
                expectSorted(numbers, isAscending: isAscending, nilsAreLast: sort != "rank")
            }
        }
    }

    private func expectSorted<Value: Comparable>(_ values: [Value?], isAscending: Bool, nilsAreLast: Bool) {
        let known = values.compactMap(\.self)
        #expect(zip(known, known.dropFirst()).allSatisfy { isAscending ? $0 <= $1 : $0 >= $1 })
        if nilsAreLast { #expect(values.prefix(known.count).allSatisfy { $0 != nil }) }
    }

    @Test("a map brings the known ones of the codes in order of rank, each right, the odd one too")
    func map() async throws {
        try await withService { service async throws in
            let body = #"{"codes":["GLQ","NONE","ODD","ETH","BTC","ETH"],"meta":true}"#
            let records = try await service.document("/coins/map", body).elements()

            #expect(try records.map { try $0.text("code") } == ["BTC", "ETH", "ODD", "GLQ"])
            for record in records {
                let code = try record.text("code")
                var expected = try #require(service.market.coin(code, at: Self.now))
                expected.liquidity = nil
                #expect(try Self.coin(record) == expected)
            }
            #expect(try await service.document("/coins/map", #"{"codes":[]}"#).elements().isEmpty)
            let limited = try await service.document("/coins/map", #"{"codes":["ETH","BTC"],"limit":1,"offset":1}"#)
            #expect(try limited.elements().map { try $0.text("code") } == ["ETH"])
        }
    }

    @Test("a contract leads to its coin, a wrapped one to the base coin, with the code in the answer")
    func contracts() async throws {
        try await withService { service async throws in
            let weth = #"{"platform":"ETH","address":"0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2""#
            let short = try await service.document("/coins/contract", weth + "}")
            #expect(short.names == ["rate", "volume", "cap", "liquidity", "delta", "code"])
            #expect(try short.text("code") == "ETH")
            let full = try await service.document("/coins/contract", weth + #","meta":true}"#)
            #expect(full.names.first == "code")
            let address = service.market.contractAddress(of: "COMMA", on: "BSC")
            let other = try await service.document("/coins/contract", #"{"platform":"BSC","address":"\#(address)"}"#)
            #expect(try other.text("code") == "COMMA")
        }
    }

    @Test("history is an object, and with meta describes the coin as well")
    func history() async throws {
        try await withService { service async throws in
            let range = #""code":"BTC","start":1782908000000,"end":1782909296789"#
            let short = try await service.document("/coins/single/history", "{\(range)}")
            #expect(short.names == ["history"])
            let moments = try short.requiredMember("history").elements()
            let expected = try #require(
                service.market.history("BTC", from: 1_782_908_000_000, through: 1_782_909_296_789, askedAt: Self.now))
            #expect(expected.count == 4)
            #expect(try moments.map { try $0.whole("date") } == expected.map(\.time.milliseconds))
            #expect(try moments.map { try $0.number("rate") } == expected.map(\.rate))
            #expect(moments.first?.names == ["date", "rate", "volume", "cap", "liquidity"])
            let full = try await service.document("/coins/single/history", "{\(range),\"meta\":true}")
            #expect(Array(full.names.prefix(3)) == ["code", "name", "symbol"])
            #expect(full.names.last == "history")
        }
    }

    // MARK: Numbers

    @Test("small prices come with and without an exponent, big supplies as whole digits, and all are exact")
    func numberForms() async throws {
        try await withService { service async throws in
            let body = #"{"codes":["PICO","FEMTO"],"meta":true}"#
            let records = try await service.document("/coins/map", body).elements()
            let pico = try #require(try records.first { try $0.text("code") == "PICO" })
            let femto = try #require(try records.first { try $0.text("code") == "FEMTO" })

            #expect(try pico.requiredMember("rate").numberText().hasPrefix("0.00000000000"))
            #expect(try femto.requiredMember("rate").numberText().contains("e-"))
            #expect(try pico.requiredMember("circulatingSupply").numberText() == "420690000000000000000")
            #expect(try pico.number("rate") == service.market.coin("PICO", at: Self.now)?.rate)
        }
    }

    // MARK: Others

    @Test("overview, its history, fiats, platforms and credits have their shapes")
    func others() async throws {
        try await withService { service async throws in
            let overview = try await service.document("/overview", #"{"currency":"EUR"}"#)
            #expect(overview.names == ["cap", "volume", "liquidity", "btcDominance"])
            #expect(try overview.number("cap") == service.market.overview(at: Self.now, currency: "EUR")?.marketCap)
            let history = try await service.document(
                "/overview/history", #"{"start":1782908000000,"end":1782909296789}"#)
            #expect(try history.elements().count == 4)
            #expect(try history.elements()[0].names == ["date", "cap", "volume", "liquidity", "btcDominance"])
            let seconds = try await service.document("/overview/history", #"{"start":1782908000,"end":1782909296}"#)
            #expect(try seconds.elements().isEmpty, "seconds are a time in 1970")
            let fiats = try await service.document("/fiats/all", "").elements()
            #expect(fiats.allSatisfy { $0.names == ["code", "countries", "flag", "name", "symbol"] })
            let platforms = try await service.document("/platforms/all").elements()
            #expect(platforms.map(\.names).prefix(2) == [["code", "name"], ["name", "code"]])
            let credits = try await service.document("/credits")
            #expect(credits.names == ["dailyCreditsRemaining", "dailyCreditsLimit"])
        }
    }

    @Test("exchanges have their shapes, and null depth where they have no order books")
    func exchanges() async throws {
        try await withService { service async throws in
            let short = try await service.document("/exchanges/single", #"{"code":"pancakeswapv2"}"#)
            let fields = ["code", "markets", "volume", "bidTotal", "askTotal", "depth", "visitors", "volumePerVisitor"]
            #expect(short.names == fields)
            #expect(try short.requiredMember("bidTotal").isNull && short.number("depth") == 0)
            let full = try await service.document("/exchanges/single", #"{"code":"kraken","meta":"true"}"#)
            #expect(
                full.names == ["name", "png64", "png128", "webp64", "webp128", "centralized", "usCompliant"] + fields)
            let body = #"{"sort":"visitors","order":"descending","limit":20}"#
            let list = try await service.document("/exchanges/list", body).elements()
            #expect(list.count == 20)
            #expect(try list[0].text("code") == "binance")
            #expect(try await service.document("/exchanges/list").elements().count == 50)
            let rest = try await service.document("/exchanges/list", #"{"offset":50,"sort":"code"}"#).elements()
            #expect(rest.count == 10)
        }
    }
}
