import CoinlineBase
import LineProtocol
import MarketData
import TestKit
import Testing

@Suite("The main job into a real VictoriaMetrics", .requiresTestServers)
struct VictoriaMetricsTests {
    @Test("every number comes back from its export, over the 2.x address, and status says what is not proved")
    func everyNumber() async throws {
        let server = try await VictoriaMetrics.start()
        do { try await compare(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func compare(_ server: VictoriaMetrics) async throws {
        try await withWorld { world in
            let settings = [
                "INFLUXDB_URL": server.url, "INFLUXDB_ORG": "any", "INFLUXDB_TOKEN": world.token,
                "COINS_LIST_PAGES": "3", "TRACKED_COINS": "BTC",
            ]
            // Samples far ahead of the machine's clock are dropped there, so this world lives now.
            var run = try world.program("run-once", "--json", settings: settings)
            run.environment["COINLINE_TEST_CLOCK"] = world.clock.text
            let result = try await run.result()
            let status = try await world.program("status", settings: settings).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(status.exitCode == 0 && status.outputText.contains("not proved"), "\(status)")
            let rates = try await server.export("cryptocurrency_data_rate").filter { series in
                series.timesMs.contains { $0 >= World.start.milliseconds }
            }
            #expect(rates.count == 298 || rates.count == 299)
            for series in rates {
                let code = try #require(series.labels["code"])
                let coin = try #require(world.simulator.market.coin(code, at: World.start))
                #expect(series.values.last == coin.rate, "\(code)")
            }
        }
    }
}
