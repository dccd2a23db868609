import CoinlineBase
import CoinlineFiles
import InfluxWriter

@testable import Collector

extension Timing {
    /// Ten times as fast as the machine's: who gives up after ten seconds gives up after one.
    static var tenfold: Timing {
        let now = Timing.system.now()
        return .simulated(start: now, at: now, speed: 10)
    }
}

extension Landing.Configuration {
    /// Takes points however little room the machine's disk has left.
    static func onAnyDisk(target: Target, dataFolder: String, timing: Timing = .system) -> Self {
        var configuration = Self(target: target, dataFolder: dataFolder, timing: timing)
        configuration.outbox.capacity.freeBytesMin = 0
        return configuration
    }
}

extension FileLoad {
    /// Loads it by itself, to the end of everything.
    func runAlone(_ configuration: Landing.Configuration) async -> Outcome {
        let landing = Landing(configuration, text: .refuse)
        var report = LoadReport()
        report.add(await run(landing), of: path)
        await landing.finish()
        report.finish(with: await landing.accounts())
        return report.entries[0].outcome
    }
}

extension Landing {
    /// The end of everything.
    func finished() async -> LandingCounts {
        await finish()
        return await counts
    }
}

/// The files of batches that wait.
func pendingNames(_ folder: String, destination: String = "main") throws -> [BatchName] {
    let outbox = "\(folder)/outbox/\(destination)/b"
    return Files.exists(outbox) ? try Files.names(in: outbox).compactMap { BatchName(parsing: $0) }.sorted() : []
}

func deadLetters(_ folder: String) throws -> [DeadLetter] {
    let letters = DeadLetters(OutboxLayout(dataFolder: folder))
    return try letters.names().compactMap { try letters.read($0) }
}
