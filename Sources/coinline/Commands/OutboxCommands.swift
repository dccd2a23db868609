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
            session.console.out(report.json())
        } else {
            session.console.show(
                report.text(
                    flushCommand: session.command("outbox flush"),
                    lettersCommand: session.command("dead-letters list")))
        }
        return ExitCode.complete
    }

    private static func export(_ session: Session) throws -> Int32 {
        let folder = session.arguments.positionals[0]
        do throws(OutboxExportError) {
            let report = try OutboxExport(dataFolder: session.settings.dataFolder, to: folder).run()
            if session.isJSON {
                session.console.out(report.json())
            } else {
                session.console.show(report.text(loadCommand: "coinline load"))
            }
            return ExitCode.complete
        } catch {
            throw Refusal(
                text: "coinline outbox export: \(error)",
                code: error.isMixed ? ExitCode.configuration : ExitCode.incomplete)
        }
    }

    // MARK: flush

    private static func flush(_ session: Session) async throws -> Int32 {
        let waiting = try OutboxLayout.all(in: session.settings.dataFolder).filter {
            try OutboxSummary.read($0).batches > 0
        }
        if !waiting.isEmpty { try session.settings.require([.destination]) }
        var sendings: [Sending] = []
        var reports: [SendingReport] = []
        var stores: [Target] = []
        for layout in waiting {
            if let target = try session.target(named: layout.destination) {
                sendings.append(try Sending(target, session.landing(into: target, isDryRun: false)))
                if target.store != nil { stores.append(target) }
            } else {
                let (label, obstacle) = session.missing(layout.destination)
                reports.append(try SendingReport(layout, label: label, obstacle: obstacle))
            }
        }
        reports += try await session.finish(sendings)
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
