import Arguments
import CoinlineBase
import Collector
import InfluxWriter
import MarketStore
import Settings

/// `outbox`, `outbox flush` and `outbox export`: what waits on disk.
enum OutboxCommands {
    static func run(_ session: Session) async throws -> Int32 {
        do {
            try session.checkDataFolder()
            switch session.arguments.command {
            case "outbox flush": return try await flush(session)
            case "outbox export": return try export(session)
            default: return try show(session)
            }
        } catch let error as OutboxError {
            throw session.refusal(error)
        }
    }

    private static func show(_ session: Session) throws -> Int32 {
        let report = try OutboxReport.read(dataFolder: session.settings.dataFolder, now: session.timing.now())
        if session.isJSON {
            session.console.out(report.json(obstacle: session.obstacle(toSendingTo:)))
        } else {
            session.console.show(
                report.text(
                    flushCommand: session.command("outbox flush"),
                    lettersCommand: session.command("dead-letters list"), obstacle: session.obstacle(toSendingTo:)))
        }
        return report.isReadable ? ExitCode.complete : ExitCode.incomplete
    }

    private static func export(_ session: Session) throws -> Int32 {
        let folder = session.arguments.positionals[0]
        try checkOutside(folder, session)
        do throws(OutboxExportError) {
            let report = try OutboxExport(dataFolder: session.settings.dataFolder, to: folder).run()
            if session.isJSON {
                session.console.out(report.json())
            } else {
                session.console.show(report.text(loadCommand: "coinline load"))
            }
            return report.isStopped ? ExitCode.incomplete : ExitCode.complete
        } catch {
            throw Refusal(
                text: "coinline outbox export: \(error)",
                code: error.isMixed ? ExitCode.configuration : ExitCode.incomplete)
        }
    }

    /// Copies among the batches or the letters themselves would be taken for those of another destination.
    private static func checkOutside(_ folder: String, _ session: Session) throws {
        let place = FolderPath.resolved(folder)
        for own in ["outbox", "dead-letters"] {
            let path = FolderPath.resolved("\(session.settings.dataFolder)/\(own)")
            guard place == path || place.hasPrefix(path + "/") else { continue }
            throw ArgumentsError.wrongUsage(
                "\(folder) lies in \(path), where coinline keeps its own: name another folder",
                command: session.arguments.command)
        }
    }

    // MARK: flush

    private static func flush(_ session: Session) async throws -> Int32 {
        var waiting: [(layout: OutboxLayout, summary: OutboxSummary)] = []
        var reports: [SendingReport] = []
        for layout in try OutboxLayout.all(in: session.settings.dataFolder) {
            do throws(OutboxError) {
                let summary = try OutboxSummary.read(layout)
                if summary.batches > 0 { waiting.append((layout, summary)) }
            } catch {
                reports.append(SendingReport(layout, label: "destination \(layout.destination)", obstacle: "\(error)"))
            }
        }
        if !waiting.isEmpty { try session.settings.require([.destination]) }
        var sendings: [Sending] = []
        var batches = 0
        var stores: [Target] = []
        for (layout, summary) in waiting {
            let found: Target?
            var obstacle = session.obstacle(toSendingTo: layout.destination) ?? ""
            do throws(Refusal) { found = try session.target(named: layout.destination) } catch {
                (found, obstacle) = (nil, error.reason)
            }
            guard let target = found else {
                let label = session.missing(layout.destination).label
                reports.append(SendingReport(layout, label: label, obstacle: obstacle))
                continue
            }
            if target.store != nil { stores.append(target) }
            let label = summary.buckets.map { session.target(target, at: $0.bucket).label }.joined(separator: ", ")
            do {
                let landing = session.landing(into: target, isDryRun: false)
                sendings.append(try Sending(target, landing, label: label))
                batches += summary.batches
            } catch {
                reports.append(SendingReport(layout, label: label, obstacle: "\(error)"))
            }
        }
        reports += await session.finish(sendings, of: batches)
        for target in stores { await target.store?.close() }
        let report = FlushReport(reports)
        if session.isJSON {
            session.console.out(report.json())
        } else {
            session.console.show(report.text(lettersCommand: session.command("dead-letters list")))
        }
        return report.exitCode
    }
}
