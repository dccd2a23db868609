import CoinlineBase
import CoinlineJSON
import MarketSimulator
import TestKit

/// A simulated upstream whose clock stands in the middle of a minute, so that its values do not change during a test, and
/// the program that lives in the same time.
struct World {
    /// Current values change with the minute; a test that takes less than this sees one moment.
    static let start = UTCTime(rfc3339: "2026-01-01T12:00:05Z")!
    /// A speed at which the rest of that minute is long enough for every request of a run on a busy machine.
    static let unhurried = 0.2

    let simulator: MarketSimulator
    let folder: String
    let start: UTCTime
    let clock: TestClock
    /// Never allowed to appear in anything that is printed or written.
    let key = "key-3f9c1b7e5d2a4860"
    let token = "planted:token-8d41c6aa90b7"

    /// The fifth second of a minute, not later than it really is: a server leaves out what lies in its future.
    static var now: UTCTime {
        let seconds = Timing.system.now().seconds - 5
        return UTCTime(seconds: seconds - seconds % 60 + 5)
    }

    init(
        folder: String, faults: [Fault] = [], credits: Int = 10_000, coins: Int = 300, start: UTCTime = World.start,
        speed: Double = 1
    ) throws {
        self.folder = folder
        self.start = start
        clock = TestClock(start: start, at: Timing.system.now(), speed: speed)!
        var configuration = SimulatorConfiguration()
        configuration.seed = 7
        configuration.coins = coins
        configuration.credits = credits
        configuration.key = key
        configuration.timing = clock.timing
        configuration.faults = faults
        simulator = try MarketSimulator(configuration)
    }

    /// A run of the program with a key and this world's upstream.
    func program(_ arguments: String..., settings: [String: String] = [:]) throws -> ProgramRun {
        var run = ProgramRun(try ProgramRun.coinlinePath(), arguments)
        run.folder = folder
        run.environment["LCW_API_KEY"] = key
        run.environment["LCW_BASE_URL"] = simulator.baseURL
        run.environment["COINLINE_TEST_CLOCK"] = clock.text
        for (name, value) in settings { run.environment[name] = value }
        return run
    }

    /// Whether the key or the token is in a text.
    func leaks(_ result: ProgramResult) -> Bool {
        [result.outputText, result.errorText].contains { text in
            text.contains(key) || text.contains(token) || text.contains("token-8d41")
        }
    }
}

/// Runs a body with a world of its own and ends it afterwards.
func withWorld<Result>(
    faults: [Fault] = [], credits: Int = 10_000, coins: Int = 300, start: UTCTime = World.start,
    speed: Double = 1, _ body: (World) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let world = try World(
            folder: folder, faults: faults, credits: credits, coins: coins, start: start,
            speed: speed)
        do {
            let result = try await body(world)
            await world.simulator.stop()
            return result
        } catch {
            await world.simulator.stop()
            throw error
        }
    }
}

extension ProgramResult {
    /// The result as JSON.
    func json() throws -> JSONCursor {
        try JSONCursor(output, name: "result")
    }

    func number(_ name: String) throws -> Int64? {
        try json().member(name)?.int64()
    }
}
