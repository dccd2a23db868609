import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("docs/store.md")
struct DocumentationTests {
    private static let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs/store.md")

    private static func queries() throws -> [String] {
        let text = try String(contentsOf: document, encoding: .utf8)
        return text.components(separatedBy: "```sql\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }

    /// A day of a small market, half of it in the last hour.
    private func fill(_ path: String) async throws {
        let now = Int64(Date().timeIntervalSince1970) * 1_000
        var lines: [String] = []
        for age in [0, 300_000, 7_200_000] as [Int64] {
            for (rank, code) in ["BTC", "ETH", "GLQ"].enumerated() {
                lines.append(
                    "cryptocurrency_data,code=\(code),currency=USD,name=\(code) "
                        + "rate=\(rank + 2),market_cap=5,delta_24h=1.02,rank=\(rank + 1)i \(now - age)")
                lines.append("exchange_data,code=X\(rank),currency=USD,name=X volume=\(rank),visitors=7i \(now - age)")
            }
            lines.append("market_overview,currency=USD total_market_cap=9,btc_dominance=0.5 \(now - age)")
        }
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        let store = try openStore(path)
        let reply = await store.deliver([try batch(bytes: bytes, lines: lines.count)], to: testBucket)
        #expect(reply == .acknowledged)
        await store.close()
    }

    @Test("every query of the documentation gives rows, here and in the sqlite3 program")
    func queriesRun() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            try await fill(path)
            let queries = try Self.queries()

            #expect(queries.count >= 6)
            for query in queries {
                #expect(try !rows(path, query).isEmpty, "\(query)")
                if let output = try await sqliteProgram(path, query) { #expect(!output.isEmpty, "\(query)") }
            }
            let newest = try rows(path, queries[0])
            #expect(newest.map { $0[0] + $0[1] } == ["1BTC", "2ETH", "3GLQ"])
        }
    }

    @Test("the numbers of the documentation are those of the code")
    func numbers() throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(text.contains("`format` is `\(StoreFormat.number)`"))
        #expect(text.contains("more than \(StoreLimit.busyTimeoutMs / 1_000) seconds"))
        #expect(text.contains("at most 10,000 a delivery") && StoreLimit.expiredPointsMax == 10_000)
        #expect(text.contains("beyond 5,000") && StoreLimit.measurementsMax == 5_000)
        for type in FieldType.allCases { #expect(text.contains("`\(type.name)`")) }
    }
}
