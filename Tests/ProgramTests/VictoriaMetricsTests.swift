import CoinlineBase
import LineProtocol
import MarketData
import MarketSimulator
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
        // Samples far from the machine's time are dropped there, so this world lives now.
        try await withWorld(start: World.now) { world in
            let settings = [
                "INFLUXDB_URL": server.url, "INFLUXDB_ORG": "any", "INFLUXDB_TOKEN": world.token,
                "COINS_LIST_PAGES": "3", "TRACKED_COINS": "BTC",
            ]
            let result = try await world.program("run-once", "--json", settings: settings).result()
            let status = try await world.program("status", settings: settings).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(status.exitCode == 0 && status.outputText.contains("not proved"), "\(status)")
            let rates = try await server.export("cryptocurrency_data_rate").filter { series in
                series.timesMs.contains { $0 >= world.start.milliseconds }
            }
            // All but the one whose price has a wrong shape on purpose, and those that have none.
            let codes = Set(rates.compactMap { $0.labels["code"] })
            let priced = world.simulator.market.coins(at: world.start).filter { $0.rate != nil }.map(\.code)
            #expect(codes == Set(priced).subtracting([Market.malformedCode]))
            for series in rates {
                let code = try #require(series.labels["code"])
                let coin = try #require(world.simulator.market.coin(code, at: world.start))
                let (got, rate) = (try #require(series.values.last), try #require(coin.rate))
                // That server keeps twelve significant digits.
                #expect(abs(got - rate) <= abs(rate) * 1e-11, "\(code)")
            }
        }
    }
}
