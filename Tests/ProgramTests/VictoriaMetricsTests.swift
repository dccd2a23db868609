import CoinlineBase
import LineProtocol
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

    @Test("what that server would drop without a word is refused by us, with the reason")
    func dialect() async throws {
        let server = try await VictoriaMetrics.start()
        do { try await load(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func load(_ server: VictoriaMetrics) async throws {
        try await withWorld(start: World.now) { world in
            let time = world.start.milliseconds
            let folder = try TemporaryFolder()
            let text = "good,name=a v=1 \(time)\nbad,name=a\\\\,b v=1 \(time)\nbad v=1,s=\"a\nb\" \(time)\n"
            let file = try folder.write(text, to: "dialect.lp")
            let settings = ["INFLUXDB_URL": server.url, "INFLUXDB_ORG": "any"]
            let result = try await world.program("load", file, "--json", settings: settings).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.number("points_acknowledged") == 1 && result.number("points_refused") == 2, "\(result)")
            #expect(try await server.export("good_v").count == 1)
        }
    }

    private func compare(_ server: VictoriaMetrics) async throws {
        // Samples far from the machine's time are dropped there, so this world lives now.
        try await withWorld(start: World.now, speed: World.unhurried) { world in
            let settings = [
                "INFLUXDB_URL": server.url, "INFLUXDB_ORG": "any", "INFLUXDB_TOKEN": world.token,
                "COINS_LIST_PAGES": "3", "TRACKED_COINS": "BTC",
            ]
            let result = try await world.program("run-once", "--json", settings: settings).result()
            let status = try await world.program("status", settings: settings).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(status.exitCode == 0 && status.outputText.contains("not proved"), "\(status)")
            let series = try await server.export()
            let expected = ExpectedPoints(world)
            // Only those whose current values came: history of the tracked coin is in the same series.
            let codes = world.simulator.market.coinCodes
            try compare(series, try codes.map { try expected.coin($0) }, since: world.start)
            try compare(series, try expected.exchanges(), since: world.start)
            try compare(series, [try expected.overview()], since: world.start)
            try compare(series, [try expected.usage()], since: world.start)
            try compareHistory(series, try expected.history("BTC"), before: world.start)
        }
    }

    /// Every field of every point is one series with the point's tags, and there is no other series.
    private func compare(_ all: [VictoriaMetrics.Series], _ points: [Point], since start: UTCTime) throws {
        let measurement = try #require(points.first?.measurement)
        var found: [[String: String]: Double] = [:]
        for series in all where series.name.hasPrefix(measurement + "_") {
            let current = zip(series.timesMs, series.values).filter { $0.0 >= start.milliseconds }
            // The liquidity of a coin is told by its history only.
            guard !current.isEmpty else { continue }
            #expect(current.count == 1, "\(series.labels)")
            found[series.labels] = current.first?.1
        }
        for point in points {
            let tags = try point.tagsAsWritten()
            for field in point.fields {
                var labels = tags
                labels["__name__"] = "\(measurement)_\(field.key)"
                let value = found.removeValue(forKey: labels)
                let got = try #require(value, "\(labels)")
                Self.expectEqual(got, try Self.number(field.value), "\(labels)")
            }
        }
        #expect(found.isEmpty, "\(found.keys)")
    }

    private func compareHistory(
        _ all: [VictoriaMetrics.Series], _ points: [Point], before start: UTCTime
    ) throws {
        let past = points.compactMap { $0.time?.value(in: .milliseconds) }
        for key in ["rate", "volume", "market_cap", "liquidity"] {
            let name = "cryptocurrency_data_\(key)"
            let series = try #require(all.first { $0.name == name && $0.labels["code"] == "BTC" })
            let stored = zip(series.timesMs, series.values).filter { $0.0 < start.milliseconds }
            #expect(stored.map(\.0) == past, "\(key)")
            for (got, point) in zip(stored, points) {
                let value = try #require(point.fieldsByKey[key])
                Self.expectEqual(got.1, try Self.number(value), "\(key) at \(got.0)")
            }
        }
    }

    private static func number(_ value: FieldValue) throws -> Double {
        switch value {
        case .float(let number): number
        case .integer(let number): Double(number)
        default: throw TestKitError("neither a float nor an integer")
        }
    }

    /// That server keeps twelve significant digits.
    private static func expectEqual(_ got: Double, _ expected: Double, _ name: String) {
        #expect(abs(got - expected) <= abs(expected) * 1e-11, "\(name): \(got) and not \(expected)")
    }
}
