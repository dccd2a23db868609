import Arguments
import CoinlineBase
import CoinlineFiles
import CoinlineJSON
import Collector
import InfluxWriter
import MarketStore
import Settings

/// `load`: files of line protocol to the destination.
enum Loading {
    private struct Job: Sendable {
        let path: String
        let precision: Precision
        let isPrecisionNamed: Bool
        let batch: BatchLoad?
    }

    static func run(_ session: Session) async throws(Refusal) -> Int32 {
        let jobs = try jobs(session)
        let target = try session.target()
        session.announceStore(target)
        let configuration = session.landing(into: target, isDryRun: false)
        try await claimOrigin(of: jobs, session, configuration)
        var outcomes: [(Job, FileLoad.Outcome)] = []
        for job in jobs where !Task.isCancelled {
            session.progress.show("loading \(job.path) …")
            outcomes.append((job, await load(job, session, target, configuration)))
        }
        session.progress.clear()
        await target.store?.close()
        session.console.out(session.isJSON ? json(outcomes) : text(outcomes, target.label))
        let isComplete = outcomes.count == jobs.count && outcomes.allSatisfy { $0.1.isComplete }
        return isComplete ? ExitCode.complete : ExitCode.incomplete
    }

    private static func load(
        _ job: Job, _ session: Session, _ target: Target, _ configuration: Landing.Configuration
    ) async -> FileLoad.Outcome {
        if let batch = job.batch { return await batch.run(configuration) }
        let console = session.console
        let progress = session.progress
        let file = FileLoad(path: job.path, precision: job.precision, isPrecisionNamed: job.isPrecisionNamed) { text in
            progress.clear()
            console.say(text)
        }
        return await file.run(configuration)
    }

    // MARK: What is to be loaded

    private static func jobs(_ session: Session) throws(Refusal) -> [Job] {
        let named = session.arguments.string("precision").flatMap { Precision(rawValue: $0.lowercased()) }
        var jobs: [Job] = []
        for path in session.arguments.positionals {
            let fileName = path.split(separator: "/").last.map(String.init) ?? path
            let batchName = BatchName(parsing: fileName)
            if let batchName, let named, named != batchName.precision {
                throw Refusal(
                    text: "coinline load: \(fileName) carries its own precision, \(batchName.precision.rawValue): "
                        + "leave --precision out",
                    code: ExitCode.usage)
            }
            jobs.append(
                Job(
                    path: path, precision: batchName?.precision ?? named ?? .milliseconds,
                    isPrecisionNamed: batchName != nil || named != nil,
                    batch: try batchLoad(path, batchName, session)))
        }
        return jobs
    }

    /// The file as a batch of this data folder's outbox; nil for any other file.
    private static func batchLoad(
        _ path: String, _ name: BatchName?, _ session: Session
    ) throws(Refusal) -> BatchLoad? {
        guard name != nil else { return nil }
        let dataFolder = absolute(session.settings.dataFolder)
        let own: String
        let other: String
        switch session.settings.destination {
        case .embeddedStore: (own, other) = ("store", "main")
        case .influxDB: (own, other) = ("main", "store")
        }
        if BatchLoad(path: absolute(path), dataFolder: dataFolder, destination: other) != nil {
            throw Refusal(
                text: "coinline load: \(path) waits for \(other == "main" ? "InfluxDB" : "the embedded store"), "
                    + "and the settings name \(own == "main" ? "InfluxDB" : "the embedded store"): "
                    + "set or unset INFLUXDB_URL and INFLUXDB_TOKEN",
                code: ExitCode.configuration)
        }
        return BatchLoad(path: absolute(path), dataFolder: dataFolder, destination: own)
    }

    /// Against the working folder, without `.` and `..`.
    private static func absolute(_ path: String) -> String {
        let full = path.hasPrefix("/") ? path : Environment.workingFolder + "/" + path
        var parts: [Substring] = []
        for part in full.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    // MARK: Origin

    /// Takes the mark that is there; without one, real for an ordinary file, and `--origin` for one of an outbox.
    private static func claimOrigin(
        of jobs: [Job], _ session: Session, _ configuration: Landing.Configuration
    ) async throws(Refusal) {
        let named = session.arguments.string("origin").flatMap { Origin(rawValue: $0.lowercased()) }
        do {
            let landing = try Landing(configuration)
            let marked = try await landing.origin()
            let isFromOutbox = jobs.contains { BatchName(parsing: fileName($0.path)) != nil }
            guard let origin = named ?? marked ?? (isFromOutbox ? nil : .real) else {
                throw Refusal(
                    text: "coinline load: a batch file does not tell whose data it holds: add --origin real or "
                        + "--origin simulated",
                    code: ExitCode.usage)
            }
            try await landing.claim(origin)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(text: "coinline load: \(error)", code: ExitCode.configuration)
        }
    }

    private static func fileName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    // MARK: The account

    private static func text(_ outcomes: [(Job, FileLoad.Outcome)], _ destination: String) -> String {
        var lines: [String] = []
        for (job, outcome) in outcomes {
            let counts = outcome.landing
            lines.append(
                "\(job.path): \(counts.acknowledged) of \(counts.offered + outcome.badLines) lines acknowledged by "
                    + "\(destination), \(counts.refused + outcome.badLines) refused, \(counts.kept) kept"
                    + (counts.lost > 0 ? ", \(counts.lost) lost" : ""))
            lines += outcome.refusals.map { "  refused: \($0)" }
            lines += outcome.problems.map { "error: \($0)" }
            lines += outcome.keptFiles.map {
                "error: \($0.lines) points are kept in \($0.path): \($0.reason)\n       send them with: coinline load \($0.path)"
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func json(_ outcomes: [(Job, FileLoad.Outcome)]) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("command", "load")
        out.member("ok", outcomes.allSatisfy { $0.1.isComplete })
        out.key("files")
        out.beginArray()
        for (job, outcome) in outcomes {
            out.beginObject()
            out.member("path", job.path)
            out.member("lines_bad", outcome.badLines)
            out.member("points_offered", outcome.landing.offered)
            out.member("points_acknowledged", outcome.landing.acknowledged)
            out.member("points_refused", outcome.landing.refused)
            out.member("points_kept", outcome.landing.kept)
            out.member("points_lost", outcome.landing.lost)
            out.key("problems")
            out.beginArray()
            for problem in outcome.problems + outcome.refusals { out.value(problem) }
            out.endArray()
            out.key("kept_files")
            out.beginArray()
            for file in outcome.keptFiles { out.value(file.path) }
            out.endArray()
            out.endObject()
        }
        out.endArray()
        out.endObject()
        return out.text
    }
}
