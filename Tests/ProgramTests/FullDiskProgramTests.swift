import CoinlineJSON
import Foundation
import MarketSimulator
import MarketStore
import TestKit
import Testing

/// The data folder lies on a file system of its own, which fills up while nothing else does.
@Suite("A disk that is full, as a user meets it", .timeLimit(.minutes(8)), .requiresNamespaces, .inNamespaces)
struct FullDiskProgramTests {
    private func withDisk(kibibytes: Int = 4_096, _ body: (World, SmallDisk) async throws -> Void) async throws {
        try await withWorld(speed: 5) { world in
            let data = world.folder + "/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try await body(world, try await SmallDisk(on: data, kibibytes: kibibytes))
        }
    }

    /// Runs the program, whose outbox leaves nothing of the disk to others.
    private func run(
        _ world: World, _ arguments: String..., settings: [String: String] = [:]
    ) async throws -> ProgramResult {
        var run = try world.program("", settings: settings.merging(["COINLINE_OUTBOX_MIN_FREE": "0B"]) { $1 })
        run.arguments = arguments
        return try await run.result()
    }

    /// What became of all points but those that landed.
    private func others(_ result: ProgramResult) throws -> [Int64] {
        try ["pending", "refused", "dead_lettered", "dropped", "removed", "lost"].map {
            try result.number("points_\($0)") ?? -1
        }
    }

    private func points(_ world: World) throws -> Int {
        try StoreSummaries(world.folder).read().points("cryptocurrency_data")
    }

    /// SQLite's own word on a file of the store.
    private func isWhole(_ world: World) async throws -> Bool {
        let path = world.folder + "/data/coinline.sqlite"
        let check = try await ProgramRun(MachinePrograms.path("sqlite3"), [path, "PRAGMA integrity_check"]).result()
        return check.outputText == "ok\n"
    }

    @Test("a store for which there is no room is told before anything is fetched, and works again when there is some")
    func noRoom() async throws {
        try await withDisk { world, disk in
            let before = try await run(world, "fetch", "-c", "BTC")
            let asked = world.simulator.requestCount
            try disk.fill()

            let result = try await run(world, "fetch", "--limit", "200")

            #expect(before.exitCode == 0, "\(before)")
            #expect(result.exitCode == 1, "\(result)")
            #expect(result.errorText.contains("coinline.sqlite cannot be written, the disk is full"), "\(result)")
            #expect(world.simulator.requestCount == asked)

            try disk.empty()
            #expect(try points(world) == 1)
            let after = try await run(world, "fetch", "--limit", "200", "--json")
            #expect(after.exitCode == 0, "\(after)")
            #expect(try await isWhole(world))
        }
    }

    @Test("points for which the store has no room wait or are lost with a message, and what waits lands with the next")
    func noRoomForPoints() async throws {
        try await withDisk { world, disk in
            let before = try await run(world, "fetch", "-c", "BTC")
            try disk.fill()
            // Enough to open the store, and not for so many points.
            try disk.free(80 << 10)

            let result = try await run(world, "fetch", "--limit", "200", "--json")

            #expect(before.exitCode == 0, "\(before)")
            #expect(result.exitCode == 1, "\(result)")
            let problems = try #require(try result.json().member("problems"), "\(result)").elements()
            let texts = try problems.map { try $0.string() }
            #expect(texts.contains { $0.contains("the disk is full") }, "\(result)")
            #expect(try result.number("points_offered") == 200)
            let pending = try result.number("points_pending") ?? -1
            #expect(try result.number("points_lost") == 200 - pending)
            #expect(try points(world) == 1)
            #expect(try await isWhole(world))

            try disk.empty()
            let after = try await run(world, "fetch", "--limit", "200", "--json")
            #expect(after.exitCode == 0, "\(after)")
            #expect(try after.number("points_acknowledged") == 200)
            #expect(try points(world) == 201 + Int(pending))
            #expect(try await isWhole(world))
        }
    }

    @Test("a whole run on a disk that fills up in its midst keeps what it delivered, and its counts add up")
    func wholeRun() async throws {
        try await withDisk { world, disk in
            let before = try await run(world, "fetch", "-c", "BTC")
            try disk.fill()
            try disk.free(256 << 10)

            let result = try await run(world, "run-once", "--json", settings: ["COINS_LIST_PAGES": "3"])

            #expect(before.exitCode == 0, "\(before)")
            #expect(result.exitCode == 1, "\(result)")
            let acknowledged = try result.number("points_acknowledged") ?? -1
            let others = try others(result).reduce(0, +)
            #expect(try result.number("points_offered") == acknowledged + others && others > 0, "\(result)")
            let store = try StoreReader(path: world.folder + "/data/coinline.sqlite").summaries()
            #expect(store.reduce(0) { $0 + $1.points } == 1 + Int(acknowledged), "\(result)")
            #expect(try await isWhole(world))
        }
    }

    @Test("a store that cannot even be made is told before anything is fetched")
    func newStore() async throws {
        try await withDisk { world, disk in
            try disk.fill()

            let result = try await run(world, "fetch", "-c", "BTC")

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.errorText.contains("the disk is full"), "\(result)")
            #expect(world.simulator.requestCounts[.coinsMap] == nil)

            try disk.empty()
            let after = try await run(world, "fetch", "-c", "BTC")
            #expect(after.exitCode == 0, "\(after)")
            #expect(try points(world) == 1)
        }
    }

    @Test("points that can neither be delivered nor wait are lost, with the reason, and leave no half file")
    func outbox() async throws {
        try await withDisk { world, disk in
            let settings = ["INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token]
            let first = try await run(world, "fetch", "-c", "BTC", settings: settings)
            let kept = filesBelow(disk.folder).filter { $0.hasSuffix(".lp.gz") }
            try disk.fill()

            let result = try await run(world, "fetch", "--limit", "200", "--json", settings: settings)

            #expect(first.exitCode == 1 && kept.count == 1, "\(first)")
            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.number("points_lost") == 200)
            #expect(result.outputText.contains("127.0.0.1:1"), "\(result)")
            #expect(result.outputText.contains("less free space than must stay free"), "\(result)")
            let files = filesBelow(disk.folder)
            #expect(files.filter { $0.hasSuffix(".lp.gz") } == kept)
            #expect(!files.contains { $0.contains(".tmp-") }, "\(files)")
            #expect(!world.leaks(result))

            try disk.empty()
            let after = try await run(world, "fetch", "--limit", "200", "--json", settings: settings)
            #expect(try after.number("points_pending") == 200, "\(after)")
        }
    }

    @Test("a file of lines that no longer fits is told with how far it came, and goes in when there is room")
    func load() async throws {
        try await withDisk { world, disk in
            let lines = (0..<20_000).map { "m,series=s\($0 % 50) value=\($0) \(1_767_268_800_000 + $0)" }
            let file = try TemporaryFolder()
            let path = try file.write(lines.joined(separator: "\n") + "\n", to: "lines.lp")
            let small = try file.write("m,series=s0 value=-1 1767268000000\n", to: "small.lp")
            let before = try await run(world, "load", small)
            try disk.fill()
            try disk.free(128 << 10)

            let result = try await run(world, "load", path, "--json")

            #expect(before.exitCode == 0, "\(before)")
            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("the disk is full"), "\(result)")
            let stored = try StoreSummaries(world.folder).read().points("m")
            #expect(Int64(stored) == 1 + (try result.number("points_acknowledged") ?? -1), "\(result)")
            #expect(try await isWhole(world))

            try disk.empty()
            let after = try await run(world, "load", path)
            #expect(after.exitCode == 0, "\(after)")
            #expect(try StoreSummaries(world.folder).read().points("m") == 20_001)
        }
    }

    @Test(
        "a data folder that is read-only is a wrong setting, told before anybody is asked, and works again afterwards")
    func readOnly() async throws {
        try await withDisk { world, disk in
            let before = try await run(world, "fetch", "-c", "BTC")
            let asked = world.simulator.requestCount
            try await disk.setReadOnly(true)

            let results = [
                try await run(world, "fetch", "-c", "BTC"), try await run(world, "run-once"),
                try await run(world, "load", "-"),
            ]

            #expect(before.exitCode == 0, "\(before)")
            for result in results {
                #expect(result.exitCode == 78, "\(result)")
                #expect(result.errorText.contains("COINLINE_DATA_DIR"), "\(result)")
                #expect(result.errorText.contains("cannot be written"), "\(result)")
            }
            #expect(world.simulator.requestCount == asked)

            try await disk.setReadOnly(false)
            #expect(try await run(world, "fetch", "-c", "ETH").exitCode == 0)
            #expect(try points(world) == 2)
            #expect(try await isWhole(world))
        }
    }
}
