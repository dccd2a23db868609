import CoinlineJSON
import MarketSimulator
import TestKit
import Testing

@Suite("Hostile requests to the simulator")
struct HostileRequestTests {
    private static let values = [
        "0", "1", "-1", "100", "101", "9223372036854775807", "-9223372036854775808", "1e400", "1.5", "1782909296789",
        "\"BTC\"", "\"\"", "\"ETH\"", "\"\\u0000\"", "true", "null", "[]", "{}", "[\"BTC\",\"BTC\"]", "[[]]",
        "\"rank\"",
    ]
    private static let names = [
        "currency", "code", "codes", "start", "end", "meta", "limit", "offset", "sort", "order", "platform", "address",
    ]

    @Test("random requests are answered with JSON, whatever they hold")
    func randomRequests() async throws {
        let seed = SeededGenerator.seed
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        try await withService {
            $0.coins = 40
        } _: { service async throws in
            for _ in 0..<400 {
                let endpoint = Endpoint.allCases[random(Endpoint.allCases.count)]
                let members = (0..<random(6)).map { _ in
                    "\"\(Self.names[random(Self.names.count)])\":\(Self.values[random(Self.values.count)])"
                }
                let body = "{\(members.joined(separator: ","))}"
                let answer = try await service.ask(endpoint.rawValue, body)
                #expect([200, 400, 404].contains(answer.status), "seed \(seed): \(endpoint) \(body)")
                #expect(throws: Never.self, "seed \(seed): \(endpoint) \(body)") { try JSONCursor(answer.body) }
            }
        }
    }

    @Test("the longest history there is stays below what a client takes")
    func longHistory() async throws {
        try await withService { service async throws in
            let body = #"{"code":"BTC","start":0,"end":9223372036854775807}"#
            let answer = try await service.ask("/coins/single/history", body)

            #expect(answer.status == 200)
            #expect(answer.body.count < 1 << 20)
        }
    }

    @Test("a body above a megabyte is refused")
    func bigBody() async throws {
        try await withService { service async throws in
            let answer = try await service.ask("/coins/list", String(repeating: " ", count: (1 << 20) + 1))

            #expect(answer.status == 413)
        }
    }
}
