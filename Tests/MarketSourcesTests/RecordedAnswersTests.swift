import CoinlineBase
import CoinlineJSON
import LineProtocol
import MarketData
import TestKit
import Testing

@testable import MarketSources

/// A value as a record and a domain type both can say it.
private enum Leaf: Equatable {
    case number(Double)
    case text(String)
    case flag(Bool)

    init?(_ number: Double?) {
        guard let number else { return nil }
        self = .number(number)
    }

    init?(_ number: Int64?) {
        guard let number else { return nil }
        self = .number(Double(number))
    }

    init?(_ text: String?) {
        guard let text else { return nil }
        self = .text(text)
    }

    init?(_ flag: Bool?) {
        guard let flag else { return nil }
        self = .flag(flag)
    }

    init?(_ cursor: JSONCursor) throws {
        switch cursor.kind {
        case .number: self = .number(try cursor.double())
        case .string: self = .text(try cursor.string())
        case .boolean: self = .flag(try cursor.boolean())
        case .null, .object, .array: return nil
        }
    }
}

/// How a domain type says each member of a record.
private typealias Members<Value> = [String: @Sendable (Value) -> Leaf?]

/// Members that are known and deliberately not read: looks, links, and groups that no measurement holds.
private let unread: Set<String> = [
    "color", "png32", "png64", "png128", "webp32", "webp64", "webp128", "categories", "links", "totalCap",
]

private let coinMembers: Members<Coin> = [
    "code": { Leaf($0.code) }, "name": { Leaf($0.name) }, "symbol": { Leaf($0.symbol) }, "rate": { Leaf($0.rate) },
    "volume": { Leaf($0.volume) }, "cap": { Leaf($0.marketCap) }, "liquidity": { Leaf($0.liquidity) },
    "allTimeHighUSD": { Leaf($0.allTimeHighUSD) }, "rank": { Leaf($0.rank) }, "age": { Leaf($0.ageDays) },
    "circulatingSupply": { Leaf($0.circulatingSupply) }, "totalSupply": { Leaf($0.totalSupply) },
    "maxSupply": { Leaf($0.maxSupply) }, "exchanges": { Leaf($0.exchanges) }, "markets": { Leaf($0.markets) },
    "pairs": { Leaf($0.pairs) }, "delta.hour": { Leaf($0.delta.hour) }, "delta.day": { Leaf($0.delta.day) },
    "delta.week": { Leaf($0.delta.week) }, "delta.month": { Leaf($0.delta.month) },
    "delta.quarter": { Leaf($0.delta.quarter) }, "delta.year": { Leaf($0.delta.year) },
]

private let exchangeMembers: Members<Exchange> = [
    "code": { Leaf($0.code) }, "name": { Leaf($0.name) }, "volume": { Leaf($0.volume) },
    "visitors": { Leaf($0.visitors) }, "volumePerVisitor": { Leaf($0.volumePerVisitor) }, "rank": { Leaf($0.rank) },
    "bidTotal": { Leaf($0.bidTotal) }, "askTotal": { Leaf($0.askTotal) }, "depth": { Leaf($0.depth) },
    "markets": { Leaf($0.markets) }, "centralized": { Leaf($0.isCentralized) },
    "usCompliant": { Leaf($0.isUSCompliant) },
]

private let overviewMembers: Members<MarketOverview> = [
    "cap": { Leaf($0.marketCap) }, "volume": { Leaf($0.volume) }, "liquidity": { Leaf($0.liquidity) },
    "btcDominance": { Leaf($0.btcDominance) },
]

private let overviewEntryMembers: Members<MarketOverviewEntry> = {
    var members: Members<MarketOverviewEntry> = [
        "date": { Leaf($0.time.value(in: .milliseconds)) }
    ]
    for (name, read) in overviewMembers { members[name] = { read($0.overview) } }
    return members
}()

private let coinEntryMembers: Members<CoinHistoryEntry> = [
    "date": { Leaf($0.time.value(in: .milliseconds)) }, "rate": { Leaf($0.rate) }, "volume": { Leaf($0.volume) },
    "cap": { Leaf($0.marketCap) }, "liquidity": { Leaf($0.liquidity) },
]

/// How many values were compared.
private final class Counter {
    var values = 0
}

/// Decoding "without loss": every number, text and flag of a record is a member that the domain type knows, and arrives
/// with the same value; null arrives as no value; and what is not read is in the list of what is deliberately not read.
private func expectAll<Value>(
    of record: JSONCursor, in value: Value, _ members: Members<Value>, _ counter: Counter,
    prefix: String = ""
) throws {
    for (name, member) in try record.members() where !unread.contains(name) {
        let key = prefix + name
        if member.kind == .object, key == "delta" {
            try expectAll(of: member, in: value, members, counter, prefix: "delta.")
            continue
        }
        let read = try #require(members[key], "\(member.path) is read by nobody")
        let expected = try Leaf(member)
        #expect(read(value) == expected, "\(member.path)")
        counter.values += 1
    }
}

private func expectAll<Value>(
    of records: [JSONCursor], in values: [Value], _ members: Members<Value>, _ counter: Counter
) throws {
    #expect(records.count == values.count && !records.isEmpty)
    for (record, value) in zip(records, values) { try expectAll(of: record, in: value, members, counter) }
}

@Suite("Recorded answers", .requiresSharedFacts)
struct RecordedAnswersTests {
    @Test("every recorded answer decodes without loss")
    func withoutLoss() throws {
        let files = try SharedFacts.names(in: "recorded/livecoinwatch")
        let counter = Counter()

        for file in files where !file.hasPrefix("error-") {
            try check(file, recorded("livecoinwatch/" + file), counter)
        }

        print("recorded answers: \(files.count) files, \(counter.values) values compared")
        #expect(files.count >= 36 && counter.values > 400)
    }

    private func check(_ file: String, _ bytes: [UInt8], _ counter: Counter) throws {
        let root = try JSONCursor(bytes, name: file)
        switch file {
        case _ where file.hasPrefix("coins-list") || file.hasPrefix("coins-map"):
            let coins = try LiveCoinWatchAnswers.coins(bytes)
            #expect(coins.skippedCount == 0)
            try expectAll(of: root.elements(), in: coins.value, coinMembers, counter)
        case _ where file.hasPrefix("coins-single-history"):
            let history = try LiveCoinWatchAnswers.coinHistory(bytes, code: "BTC")
            #expect(history.skippedCount == 0)
            #expect(try history.value.name == root.member("name")?.string())
            try expectAll(
                of: root.requiredMember("history").elements(), in: history.value.entries, coinEntryMembers, counter)
        case _ where file.hasPrefix("coins-single"):
            let coin = try LiveCoinWatchAnswers.coin(bytes, code: "BTC")
            #expect(coin.skippedCount == 0)
            try expectAll(of: root, in: coin.value, coinMembers, counter)
        case _ where file.hasPrefix("coins-contract"):
            let coin = try LiveCoinWatchAnswers.coinByContract(bytes)
            #expect(coin.skippedCount == 0 && coin.value.code == "ETH")
            try expectAll(of: root, in: coin.value, coinMembers, counter)
        case _ where file.hasPrefix("exchanges-list"):
            let exchanges = try LiveCoinWatchAnswers.exchanges(bytes)
            #expect(exchanges.skippedCount == 0)
            try expectAll(of: root.elements(), in: exchanges.value, exchangeMembers, counter)
        case _ where file.hasPrefix("exchanges-single"):
            let exchange = try LiveCoinWatchAnswers.exchange(bytes)
            #expect(exchange.skippedCount == 0)
            try expectAll(of: root, in: exchange.value, exchangeMembers, counter)
        case _ where file.hasPrefix("overview-history"):
            let history = try LiveCoinWatchAnswers.overviewHistory(bytes)
            #expect(history.skippedCount == 0)
            try expectAll(of: root.elements(), in: history.value, overviewEntryMembers, counter)
        case _ where file.hasPrefix("overview"):
            let overview = try LiveCoinWatchAnswers.overview(bytes)
            #expect(overview.skippedCount == 0)
            try expectAll(of: root, in: overview.value, overviewMembers, counter)
        default: try checkSmall(file, root, bytes, counter)
        }
    }

    private func checkSmall(_ file: String, _ root: JSONCursor, _ bytes: [UInt8], _ counter: Counter) throws {
        switch file {
        case "credits.json":
            let members: Members<Credits> = [
                "dailyCreditsRemaining": { Leaf($0.remaining) }, "dailyCreditsLimit": { Leaf($0.limit) },
            ]
            try expectAll(of: root, in: LiveCoinWatchAnswers.credits(bytes).value, members, counter)
        case "status.json": try LiveCoinWatchAnswers.status(bytes)
        case _ where file.hasPrefix("platforms-all"):
            let members: Members<Platform> = ["code": { Leaf($0.code) }, "name": { Leaf($0.name) }]
            try expectAll(of: root.elements(), in: LiveCoinWatchAnswers.platforms(bytes).value, members, counter)
        case _ where file.hasPrefix("fiats-all"):
            let fiats = try LiveCoinWatchAnswers.fiats(bytes).value
            let members: Members<Fiat> = [
                "code": { Leaf($0.code) }, "name": { Leaf($0.name) }, "symbol": { Leaf($0.symbol) },
                "flag": { Leaf($0.flag) }, "countries": { _ in nil },
            ]
            try expectAll(of: root.elements(), in: fiats, members, counter)
            for (record, fiat) in zip(try root.elements(), fiats) {
                let countries = try record.requiredMember("countries").elements().map { try $0.string() }
                #expect(fiat.countries == countries)
            }
        default: Issue.record("nobody reads \(file)")
        }
    }

    @Test(
        "every recorded error is recognised, under its own status and under 200",
        arguments: [
            ("error-401-unauthorized", 401), ("error-401-wrong-key", 401), ("error-405-method", 405),
            ("error-429-constructed", 429), ("error-503-maintenance", 503),
        ])
    func errors(file: String, status: Int) throws {
        let body = try recorded("livecoinwatch/\(file).json")
        let text = try JSONCursor(body).requiredMember("error").requiredMember("description").string()
        let description = BodyExcerpt.text(text, hiding: Secret(""))
        let errors = LiveCoinWatchErrors(key: Secret("planted-key"))

        for under in [status, 200] {
            guard case .failure(let fault) = errors.read(Reply(status: under, body: body), name: "x") else {
                Issue.record("\(file) was not recognised under \(under)")
                continue
            }
            switch status {
            case 401: #expect(fault.kind == .unauthorized(description))
            case 429: #expect(fault.kind == .rateLimited(after: nil))
            case 503: #expect(fault.kind == .server(status: 503, description))
            default: #expect(fault.kind == .badRequest(status: status, description))
            }
        }
    }
}
