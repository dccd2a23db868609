import Arguments
import CoinlineBase
import Collector
import LineProtocol
import MarketData
import MarketSimulator
import MarketStore
import Settings

/// `demo`: the real main job against a simulated upstream on loopback, into an embedded store of its own.
enum Demo {
    static let folder = "./data-demo"
    private static let coinsShown = 10

    static func run(_ arguments: ParsedArguments, _ console: Console) async throws -> Int32 {
        let simulator = try Simulation.simulator(try Simulation.configuration(arguments), for: "demo")
        let code = try await run(arguments, console, against: simulator)
        await simulator.stop()
        return code
    }

    private static func run(
        _ arguments: ParsedArguments, _ console: Console, against simulator: MarketSimulator
    ) async throws -> Int32 {
        let session = Session(arguments, try settings(arguments, simulator), console: console)
        console.show("A simulated Live Coin Watch answers on \(simulator.baseURL): \(simulator.market.seed.seedText)")
        let target = try session.target()
        console.show("The main job runs against it, into \(target.label).\n")
        let summary = try await Fetching.collect(.everything, session, into: target, isDryRun: false)
        await target.store?.close()
        console.show(summary.text(isDryRun: false, command: session.command) + "\n")
        guard summary.originConflict == nil else { return summary.exitCode }
        let reader = try StoreReader(path: session.storePath)
        console.show(try counts(reader))
        console.show("\nThe first \(coinsShown) coins, read back from \(session.storePath):\n")
        console.show(try coins(reader))
        console.show(advice(session.storePath))
        return summary.exitCode
    }

    /// Neither the environment nor `.env` counts, but for how much to say.
    private static func settings(_ arguments: ParsedArguments, _ simulator: MarketSimulator) throws -> Settings {
        var flags = ["data-dir": arguments.string("data-dir") ?? folder]
        flags["log-level"] = arguments.string("log-level")
        let environment = [
            "LCW_API_KEY": "a-key-of-the-simulator", "LCW_BASE_URL": simulator.baseURL, "COINS_LIST_PAGES": "3",
        ]
        return try Settings.load(SettingsSources(environment: environment, flags: flags), for: [.key, .destination])
    }

    private static func counts(_ reader: StoreReader) throws -> String {
        let rows = try reader.summaries().map { summary in
            [
                summary.measurement, String(summary.points), String(summary.series), time(summary.first),
                time(summary.last),
            ]
        }
        return TextTable(["measurement", "points", "series", "first", "last"], rightAligned: [1, 2], rows).text
    }

    private static func time(_ time: Timestamp?) -> String {
        time.map { UTCTime($0).rfc3339() } ?? ""
    }

    private static func coins(_ reader: StoreReader) throws -> String {
        var query = StoreRowQuery()
        query.selection = .newestOfEachSeries
        query.columns = Schema.coinGlance
        query.orderedBy = Schema.coinGlance[0]
        query.isDescending = false
        query.limit = coinsShown
        let found = try reader.rows(of: Schema.cryptocurrencyData.name, query)
        return TextTable(found.columns, rightAligned: [0, 3, 4, 5, 6], found.rows.map { $0.map(\.text) }).text
    }

    private static func advice(_ storePath: String) -> String {
        """

        Look further:   sqlite3 \(storePath) 'SELECT * FROM \(Schema.cryptocurrencyData.name) LIMIT 5'
        With a real key: LCW_API_KEY=… coinline run-once          (free, from livecoinwatch.com; into ./data)
        And a database:  INFLUXDB_URL=http://localhost:8086 INFLUXDB_TOKEN=… INFLUXDB_ORG=… INFLUXDB_BUCKET=… coinline status
        """
    }
}

extension UInt64 {
    fileprivate var seedText: String { "market number \(self), invented from its seed." }
}
