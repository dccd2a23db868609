import CoinlineJSON
import MarketSimulator
import MarketStore
import TestKit
import Testing

@Suite("status")
struct StatusTests {
    @Test("after a run it tells the credits and what the store holds, for people and for scripts")
    func afterRun() async throws {
        try await withWorld { world in
            let settings = ["COINS_LIST_PAGES": "1", "TRACKED_COINS": "BTC"]
            let run = try await world.program("run-once", settings: settings).result()
            #expect(run.exitCode == 0, "\(run)")
            let store = try StoreReader(path: world.folder + "/data/coinline.sqlite").summaries()
            #expect(store.count == 4)

            let text = try await world.program("status", settings: settings).result()
            #expect(text.exitCode == 0, "\(text)")
            #expect(text.outputText.contains("\(world.simulator.creditsRemaining) of 10000"), "\(text)")
            for one in store {
                let line = text.outputText.split(separator: "\n").first { $0.contains(one.measurement) }
                let told = try #require(line, "\(one.measurement) in \(text)")
                #expect(told.contains("\(one.points) point") && told.contains("\(one.series) series"), "\(told)")
                #expect(told.contains("2026-01-01T12:00:"), "\(told)")
            }

            let json = try await world.program("status", "--json", settings: settings).result()
            #expect(json.exitCode == 0, "\(json)")
            let root = try json.json()
            #expect(try root.member("ok")?.boolean() == true)
            let credits = try #require(try root.member("credits"))
            #expect(try credits.member("remaining")?.int64() == Int64(world.simulator.creditsRemaining))
            #expect(try credits.member("limit")?.int64() == 10_000)
            #expect(try root.member("upstream")?.member("simulated")?.boolean() == true)
            #expect(try root.member("destination")?.member("state")?.string() == "proved")
            let told = try #require(try root.member("store")).elements().map { one in
                [
                    try one.member("measurement")?.string(), try one.member("points")?.numberText(),
                    try one.member("series")?.numberText(),
                ]
            }
            #expect(told == store.map { [$0.measurement, String($0.points), String($0.series)] })
        }
    }

    @Test("a database that cannot be reached ends with 1 and is named with its address")
    func unreachableDatabase() async throws {
        try await withWorld { world in
            let settings = ["INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token]
            let text = try await world.program("status", settings: settings).result()
            let json = try await world.program("status", "--json", settings: settings).result()

            #expect(text.exitCode == 1 && json.exitCode == 1, "\(text)\(json)")
            #expect(text.outputText.contains("http://127.0.0.1:1"), "\(text)")
            let destination = try #require(try json.json().member("destination"))
            #expect(try destination.member("state")?.string() == "wrong")
            #expect(try destination.member("detail")?.string().contains("127.0.0.1:1") == true)
            // The upstream is fine all the same.
            #expect(try json.json().member("upstream")?.member("ok")?.boolean() == true)
            #expect(!world.leaks(text) && !world.leaks(json))
        }
    }

    @Test("further destinations are asked too, and one that is wrong ends with 1")
    func furtherDestinations() async throws {
        try await withWorld { world in
            let settings = [
                "COINLINE_DESTINATIONS": "second", "COINLINE_DEST_SECOND_URL": "http://127.0.0.1:1",
                "COINLINE_DEST_SECOND_ORG": "o",
            ]
            let text = try await world.program("status", settings: settings).result()
            let json = try await world.program("status", "--json", settings: settings).result()

            #expect(text.exitCode == 1 && text.outputText.contains("destination      second: bucket "), "\(text)")
            #expect(text.outputText.contains("COINLINE_DEST_SECOND_URL"), "\(text)")
            let further = try #require(try json.json().member("further_destinations")?.elements().first)
            #expect(try json.exitCode == 1 && json.json().member("ok")?.boolean() == false, "\(json)")
            #expect(try further.member("destination")?.string() == "second")
            #expect(try further.member("state")?.string() == "wrong")
        }
    }

    @Test("a store of the other origin is told, since the next run would be refused")
    func origin() async throws {
        try await withWorld { world in
            let files = try TemporaryFolder()
            let file = try files.write("m v=1 1767268805000\n", to: "a.lp")
            _ = try await world.program("load", file).result()
            let result = try await world.program("status").result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("not mixed"))
        }
    }

    @Test("credits that are used up are a problem")
    func credits() async throws {
        try await withWorld(credits: 0) { world in
            let result = try await world.program("status", "--json").result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.json().member("credits")?.member("problem")?.string().contains("00:00 UTC") == true)
        }
    }

    @Test("what waits in the outbox is counted, with the command that sends it")
    func outbox() async throws {
        try await withWorld(speed: 10) { world in
            let settings = ["INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o"]
            let run = try await world.program("fetch", "-c", "BTC", "-c", "ETH", settings: settings).result()
            let status = try await world.program("status", settings: settings).result()

            #expect(run.exitCode == 1 && status.exitCode == 1, "\(run)\(status)")
            #expect(status.outputText.contains("2 points in 1 batch for main, the oldest of 2026-"), "\(status)")
            #expect(status.outputText.contains("coinline outbox flush"), "\(status)")
        }
    }
}
