import CoinlineBase
import CoinlineHTTP
import Testing

@testable import MarketSources

private let requests = LiveCoinWatchRequests(currency: "EUR")
private let begin = UTCTime(milliseconds: 1_617_035_100_123)
private let end = UTCTime(milliseconds: 1_617_035_400_000)

private let calls: [(call: UpstreamCall, path: String, body: String)] = [
    (requests.status, "/status", "{}"),
    (requests.credits, "/credits", "{}"),
    (requests.fiats, "/fiats/all", "{}"),
    (requests.platforms, "/platforms/all", "{}"),
    (requests.overview, "/overview", #"{"currency":"EUR"}"#),
    (
        requests.overviewHistory(start: begin, end: end), "/overview/history",
        #"{"currency":"EUR","start":1617035100123,"end":1617035400000}"#
    ),
    (requests.coin(code: "_STX"), "/coins/single", #"{"currency":"EUR","code":"_STX","meta":true}"#),
    (
        requests.coin(platform: "ETH", address: "0xC02a"), "/coins/contract",
        #"{"currency":"EUR","platform":"ETH","address":"0xC02a","meta":true}"#
    ),
    (
        requests.coinHistory(code: "BTC", start: begin, end: end), "/coins/single/history",
        #"{"currency":"EUR","code":"BTC","start":1617035100123,"end":1617035400000,"meta":true}"#
    ),
    (
        requests.coins(offset: 200, limit: 100, sort: .rank, order: .ascending), "/coins/list",
        #"{"currency":"EUR","sort":"rank","order":"ascending","offset":200,"limit":100,"meta":true}"#
    ),
    (
        requests.coins(codes: ["BTC", "a\"b"]), "/coins/map",
        #"{"codes":["BTC","a\"b"],"currency":"EUR","sort":"rank","order":"ascending","offset":0,"limit":0,"meta":true}"#
    ),
    (
        requests.exchanges(offset: 0, limit: 50, sort: .visitors, order: .descending), "/exchanges/list",
        #"{"currency":"EUR","sort":"visitors","order":"descending","offset":0,"limit":50,"meta":true}"#
    ),
    (requests.exchange(code: "binance"), "/exchanges/single", #"{"currency":"EUR","code":"binance","meta":true}"#),
]

@Suite("Requests to Live Coin Watch")
struct RequestsTests {
    @Test("each call has its path and its body")
    func paths() {
        for (call, path, body) in calls {
            #expect(call.endpoint == path)
            #expect(String(decoding: call.body, as: UTF8.self) == body)
        }
    }

    @Test("everything but the status costs a credit and carries the key, as a secret header only")
    func keys() {
        var configuration = LiveCoinWatch.Configuration(key: Secret("planted-key-0123456789"))
        configuration.userAgent = "coinline/1.2"
        let builder = LiveCoinWatchRequestBuilder(configuration)

        for (call, path, _) in calls {
            let request = builder.request(for: call)
            let keys = request.headers.filter { $0.name == "x-api-key" }
            #expect(call.isBilled == (path != "/status"))
            #expect(keys.count == (call.isBilled ? 1 : 0) && keys.allSatisfy(\.isSecret))
            #expect(request.method == "POST" && request.url == "https://api.livecoinwatch.com" + path)
            #expect(
                request.headers.filter { !$0.isSecret }.map(\.description) == [
                    "Content-Type: application/json", "Accept: application/json", "User-Agent: coinline/1.2",
                ])
            #expect(!"\(request)".contains("planted"))
        }
    }

    @Test(
        "slashes and blanks around the address are dropped",
        arguments: [
            "http://host:1", "http://host:1/", "http://host:1//", " http://host:1/\n",
        ])
    func baseURL(text: String) {
        var configuration = LiveCoinWatch.Configuration(key: Secret("k"))
        configuration.baseURL = text

        let request = LiveCoinWatchRequestBuilder(configuration).request(for: requests.status)

        #expect(request.url == "http://host:1/status")
    }

    @Test("an empty key is not sent at all")
    func emptyKey() {
        let builder = LiveCoinWatchRequestBuilder(LiveCoinWatch.Configuration(key: Secret("")))

        #expect(!builder.request(for: requests.credits).headers.contains { $0.name == "x-api-key" })
    }

    @Test(
        "more than 100 are never asked for at once, and never fewer than 1",
        arguments: [
            (-5, 1), (0, 1), (1, 1), (100, 100), (101, 100), (500, 100),
        ])
    func limits(asked: Int, sent: Int) {
        let coins = requests.coins(offset: -1, limit: asked, sort: .price, order: .descending)
        let exchanges = requests.exchanges(offset: -1, limit: asked, sort: .name, order: .ascending)

        for call in [coins, exchanges] {
            let body = String(decoding: call.body, as: UTF8.self)
            #expect(body.contains(#""offset":0,"limit":\#(sent),"#))
        }
    }
}
