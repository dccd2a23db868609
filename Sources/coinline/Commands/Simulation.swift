import Arguments
import CoinlineBase
import HTTPServer
import MarketSimulator

/// `simulate`: a simulated Live Coin Watch that any client can be pointed at.
enum Simulation {
    private enum Limit {
        static let coins = 3...1_000
        static let credits = 0...1_000_000_000
    }

    static func run(_ arguments: ParsedArguments, _ console: Console) async throws -> Int32 {
        var configuration = try configuration(arguments)
        configuration.host = arguments.string("host") ?? "127.0.0.1"
        configuration.port = UInt16(try arguments.integer("port", in: 0...65_535) ?? 4_000)
        let clock = try clock(arguments)
        if let clock { configuration.timing = clock.timing }
        let simulator = try simulator(configuration, for: "simulate")
        console.out("A simulated Live Coin Watch listens on \(simulator.baseURL) (seed \(configuration.seed)).")
        console.out("Use it with: LCW_BASE_URL=\(simulator.baseURL) LCW_API_KEY=any coinline run-once")
        if let clock {
            console.out("It lives in another time; clients share it with: COINLINE_TEST_CLOCK=\(clock.text)")
        }
        console.out("Ctrl-C ends it.")
        await untilCancelled()
        await simulator.stop()
        console.say("Answered \(simulator.requestCount) requests.")
        return ExitCode.complete
    }

    static func simulator(
        _ configuration: SimulatorConfiguration, for command: String
    ) throws(Refusal) -> MarketSimulator {
        do { return try MarketSimulator(configuration) } catch {
            throw Refusal(text: "coinline \(command): \(error)", code: ExitCode.incomplete)
        }
    }

    /// What `demo` and `simulate` have in common.
    static func configuration(_ arguments: ParsedArguments) throws(ArgumentsError) -> SimulatorConfiguration {
        var configuration = SimulatorConfiguration()
        if let text = arguments.string("seed") {
            guard let seed = UInt64(text) else {
                throw arguments.badValue("seed", allowed: "a whole number, 0 or more")
            }
            configuration.seed = seed
        }
        configuration.coins = try arguments.integer("coins", in: Limit.coins) ?? configuration.coins
        guard arguments.command == "simulate" else { return configuration }
        configuration.credits = try arguments.integer("credits", in: Limit.credits) ?? configuration.credits
        for text in arguments.strings("fault") { configuration.faults.append(try fault(text, arguments)) }
        return configuration
    }

    private static func fault(_ text: String, _ arguments: ParsedArguments) throws(ArgumentsError) -> Fault {
        do { return try Fault(text) } catch {
            throw .wrongUsage("--fault \"\(text)\": \(error)", command: arguments.command)
        }
    }

    private static func clock(_ arguments: ParsedArguments) throws(ArgumentsError) -> TestClock? {
        guard arguments.string("start") != nil || arguments.string("speed") != nil else { return nil }
        let now = Timing.system.now()
        var start = now
        if let text = arguments.string("start") {
            guard let time = UTCTime(rfc3339: text) else {
                throw arguments.badValue("start", allowed: "a time such as 2026-01-01T00:00:00Z")
            }
            start = time
        }
        let speed = arguments.string("speed").map { Double($0) } ?? 1
        guard let speed, let clock = TestClock(start: start, at: now, speed: speed) else {
            let range = TestClock.speeds
            throw arguments.badValue("speed", allowed: "a number, \(range.lowerBound) to \(Int(range.upperBound))")
        }
        return clock
    }

    /// Returns when a signal cancels the task.
    private static func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}
