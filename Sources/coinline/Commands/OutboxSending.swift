import Arguments
import CoinlineBase
import CoinlineFiles
import Collector
import InfluxWriter
import Settings

// What the commands have in common that send what waits on disk.
extension Session {
    func refusal(_ error: any Error) -> Refusal {
        Refusal(text: "coinline \(arguments.command): \(error)", code: ExitCode.incomplete)
    }

    /// The destination to which a folder of the outbox belongs; nil where the settings name none of that name.
    func target(named name: String) throws(Refusal) -> Target? {
        switch (name, settings.destination) {
        case ("main", .influxDB), ("store", .embeddedStore): return try target()
        case ("main", .embeddedStore), ("store", .influxDB): return nil
        default:
            guard let named = settings.destinations.first(where: { $0.name == name }) else { return nil }
            return try influxDBTarget(named.influxDB, name: name)
        }
    }

    /// How to call a destination that the settings do not name, and what to do about it.
    func missing(_ name: String) -> (label: String, obstacle: String) {
        switch name {
        case "main": ("InfluxDB", "no InfluxDB is configured: set INFLUXDB_URL or INFLUXDB_TOKEN")
        case "store":
            ("the embedded store", "the settings name an InfluxDB: unset INFLUXDB_URL and INFLUXDB_TOKEN")
        default:
            ("destination \(name)", "COINLINE_DESTINATIONS does not name it: name it there again")
        }
    }

    /// Why `outbox flush` would not send what waits for a destination of that name, and what to do about it; nil where
    /// it would.
    func obstacle(toSendingTo name: String) -> String? {
        let isConfigured =
            switch (name, settings.destination) {
            case ("main", .influxDB), ("store", .embeddedStore): true
            case ("main", .embeddedStore), ("store", .influxDB): false
            default: settings.destinationNames.contains(name)
            }
        guard !isConfigured else { return nil }
        return "\(missing(name).obstacle), or copy what waits with: \(command("outbox export DIR"))"
    }

    /// A folder that somebody named and that is not there is a slip, and not an empty one.
    func checkDataFolder() throws(Refusal) {
        let setting = SettingsTable.dataFolder
        guard settings.origin(of: setting) != .standard, !Files.exists(settings.dataFolder) else { return }
        throw Refusal(
            text: "coinline \(arguments.command): there is no folder \(settings.dataFolder) "
                + "(\(setting.name), \(settings.origin(of: setting)))",
            code: ExitCode.incomplete)
    }

    /// Whether a name that was typed is that of a destination, in the settings or in the data folder.
    func checkDestination(_ name: String) throws {
        var known = ["main", "store"] + settings.destinationNames
        known += try OutboxLayout.all(in: settings.dataFolder).map(\.destination).filter { !known.contains($0) }
        guard !known.contains(name) else { return }
        let advice = Nearness.slip(of: name, among: known).map { "did you mean \($0)?" }
        throw ArgumentsError.wrongUsage(
            "there is no destination \(name): \(advice ?? "there are \(known.joined(separator: ", "))")",
            command: arguments.command)
    }

    /// Waits for all of them at once, so that one that is slow holds up no other.
    ///
    /// - Parameter batches: how many waited before anything was sent, as far as that is known.
    func finish(_ sendings: [Sending], of batches: Int = 0) async -> [SendingReport] {
        // Cancelled where the scope ends.
        async let _ = show(sendings, of: batches)
        let reports = await withTaskGroup { group in
            for (index, sending) in sendings.enumerated() {
                group.addTask { (index, await sending.finish()) }
            }
            var reports: [Int: SendingReport] = [:]
            for await (index, report) in group { reports[index] = report }
            return sendings.indices.compactMap { reports[$0] }
        }
        progress.clear()
        return reports
    }

    /// The line that tells how much is left, and what happens on the way.
    private func show(_ sendings: [Sending], of batches: Int) async {
        await withTaskGroup { group in
            for sending in sendings {
                group.addTask {
                    for await event in sending.writer.events { tell(.writer(sending.target.name, event)) }
                }
            }
            // A batch can fall into several, and others may add some.
            var most = batches
            while !Task.isCancelled {
                let batches = sendings.reduce(0) { $0 + $1.batches }
                most = max(most, batches)
                let bar = ProgressBar.text(done: most - batches, of: most)
                // None is seen before the outboxes are read.
                let rest = batches == 0 ? "" : " \(bar), \(batches) batch\(batches == 1 ? "" : "es") to go"
                progress.show("sending what waits\(rest) …")
                do { try await timing.sleep(.milliseconds(250)) } catch { break }
            }
            group.cancelAll()
        }
    }
}
