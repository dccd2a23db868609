import CoinlineJSON
import MarketSimulator
import TestKit
import Testing

@Suite("Answers against recorded ones", .requiresSharedFacts)
struct RecordedShapeTests {
    private func recorded(_ name: String) throws -> JSONCursor {
        try JSONCursor(SharedFacts.file("recorded/livecoinwatch/\(name).json"), name: name)
    }

    @Test(
        "fields and their order are those of the recorded answer",
        arguments: [
            ("coins-list-btc-meta-true-2024", "/coins/list", #"{"limit":1,"meta":true}"#),
            ("coins-map-btc-eth", "/coins/map", #"{"codes":["BTC","ETH"]}"#),
            ("coins-map-btc-eth-xrp-meta-true-2025", "/coins/map", #"{"codes":["BTC","ETH","XRP"],"meta":true}"#),
            ("coins-single-btc-meta-true-2024", "/coins/single", #"{"code":"BTC","meta":true}"#),
            (
                "coins-contract-weth", "/coins/contract",
                #"{"platform":"ETH","address":"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"}"#
            ),
            (
                "coins-single-history-btc-2022", "/coins/single/history",
                #"{"code":"BTC","start":1782908400000,"end":1782908700000}"#
            ),
            ("overview", "/overview", "{}"),
            (
                "overview-history-2020-11-24", "/overview/history",
                #"{"start":1782908400000,"end":1782908700000}"#
            ),
            (
                "exchanges-list-docs", "/exchanges/list",
                #"{"sort":"volume","order":"descending","limit":1,"meta":true}"#
            ),
            ("exchanges-single-kucoin", "/exchanges/single", #"{"code":"kucoin"}"#), ("credits", "/credits", "{}"),
            ("status", "/status", "{}"), ("platforms-all", "/platforms/all", "{}"),
        ])
    func shapes(file: String, path: String, body: String) async throws {
        let expected = try recorded(file)

        try await withService { service async throws in
            #expect(try shape(await service.document(path, body)) == shape(expected))
        }
    }

    /// Names in order and kinds; of what is sometimes null or empty only the name.
    private func shape(_ cursor: JSONCursor) throws -> String {
        switch cursor.kind {
        case .object:
            let members = try cursor.members().map { name, value in
                let isOpen = ["links", "categories", "symbol", "totalSupply", "maxSupply"].contains(name)
                return isOpen ? name : "\(name): \(try shape(value))"
            }
            return "{\(members.joined(separator: ", "))}"
        case .array: return "[\(try cursor.elements().map { try shape($0) }.joined(separator: ", "))]"
        case .string: return "string"
        case .number: return "number"
        case .boolean: return "boolean"
        case .null: return "null"
        }
    }

    @Test("error bodies are those of the recorded answers, byte for byte")
    func errors() async throws {
        try await withService {
            $0.key = "right"
            $0.faults = [Fault(.status(429), endpoint: .coinsList), Fault(.status(503), endpoint: .coinsMap)]
        } _: { service async throws in
            func compare(_ name: String, _ answer: RawAnswer) throws {
                #expect(
                    try shapeless(answer.body) == shapeless(SharedFacts.file("recorded/livecoinwatch/\(name).json")))
            }
            try compare("error-401-unauthorized", await service.ask("/credits", headers: [SimulatedService.json]))
            try compare("error-401-wrong-key", await service.ask("/credits"))
            try compare("error-405-method", await service.ask("/credits", "", method: "GET"))
            try compare("error-429-constructed", await service.ask("/coins/list"))
            try compare("error-503-maintenance", await service.ask("/coins/map"))
        }
    }

    private func shapeless(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" }
    }
}
