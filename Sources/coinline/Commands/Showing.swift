import CoinlineBase
import CoinlineFiles
import CoinlineJSON
import Collector
import InfluxWriter
import MarketStore
import Settings

/// `status` and `config`: commands that only tell.
enum Showing {
    static func status(_ session: Session) async throws(Refusal) -> Int32 {
        let target = try session.target()
        session.progress.show("asking Live Coin Watch and the destination …")
        var report = await StatusReport.ask(try session.source(), target, now: session.timing.now())
        report.readOutboxes(in: session.settings.dataFolder)
        report.compareOrigin(of: target, dataFolder: session.settings.dataFolder)
        await report.ask(others: try session.otherTargets(), dataFolder: session.settings.dataFolder)
        if target.store != nil {
            report.read(store: session.storePath)
        } else if let server = (target.destination as? AdvisedDestination)?.destination {
            await report.read(server: server, of: target, words: advised)
        }
        session.progress.clear()
        await target.store?.close()
        if session.isJSON {
            session.console.out(report.json(destination: target.label))
        } else {
            session.console.show(
                report.text(
                    destination: target.label, command: session.command, obstacle: session.obstacle(toSendingTo:)))
        }
        return report.isGood ? ExitCode.complete : ExitCode.incomplete
    }

    /// What could not be read, with the settings that mend it.
    private static func advised(_ error: QueryError) -> String {
        let settings: String? =
            switch error.kind {
            case .unauthorized, .forbidden: "INFLUXDB_TOKEN"
            case .notFound: "INFLUXDB_TOKEN, INFLUXDB_BUCKET, INFLUXDB_ORG"
            case .noQueries: "INFLUXDB_URL, COINLINE_INFLUXDB_API"
            case .unavailable: "INFLUXDB_URL, COINLINE_REQUEST_TIMEOUT"
            case .rejected, .failed, .overloaded, .tooLarge, .unreadable: nil
            }
        return error.message + (settings.map { " (\($0))" } ?? "")
    }

    static func config(_ session: Session) -> Int32 {
        if session.isJSON {
            session.console.out(json(session.settings))
        } else {
            session.console.show(text(session.settings))
        }
        return ExitCode.complete
    }

    private static func text(_ settings: Settings) -> String {
        let entries = settings.entries
        let width = entries.map(\.name.count).max() ?? 0
        var lines: [String] = []
        for group in SettingGroup.allCases {
            let inside = entries.filter { $0.group == group }
            guard !inside.isEmpty else { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append(group.rawValue)
            for entry in inside {
                let name = entry.name + String(repeating: " ", count: width - entry.name.count)
                let origin = entry.origin == .standard ? "" : "  (\(entry.origin))"
                lines.append("  \(name)  \(entry.value ?? "not set")\(origin)")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func json(_ settings: Settings) -> String {
        JSONWriter.object { out in
            for entry in settings.entries {
                out.object(entry.name) { out in
                    out.member("group", entry.group.rawValue)
                    out.member("value", optional: entry.value)
                    out.member("origin", entry.origin.description)
                }
            }
        }.text
    }
}
