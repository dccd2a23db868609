import Arguments
import CoinlineBase
import CoinlineFiles
import Collector
import InfluxWriter
import MarketStore
import Settings

/// `load`: files of line protocol to the destination.
enum Loading {
    /// What the command line asks for.
    struct Request: Sendable {
        let paths: [String]
        /// Nil where the user named none.
        let precision: Precision?
        let origin: Origin?
    }

    private struct Job: Sendable {
        let path: String
        /// Nil where it is not known.
        let precision: Precision?
        let batch: BatchLoad?
        /// What lies beside a batch file, of whichever outbox.
        let mark: BatchMark?
        let target: Target
        /// Of a file that is no batch and can be read twice.
        let exportMark: ExportMark?
        /// `--origin` was given.
        let isOriginNamed: Bool
        var origin = Origin.real
        /// Nothing tells the origin.
        var isOriginAssumed = false
    }

    /// A precision that contradicts a file's name is a usage error.
    static func request(_ arguments: ParsedArguments) throws(ArgumentsError) -> Request {
        let request = Request(
            paths: arguments.positionals,
            precision: LineText.precision(arguments),
            origin: arguments.string("origin").flatMap { Origin(rawValue: $0.lowercased()) })
        for path in request.paths {
            guard let named = request.precision, let own = batchName(path)?.precision, named != own else { continue }
            throw .wrongUsage(
                "\(path) carries its own precision, \(own.rawValue): leave --precision out", command: arguments.command)
        }
        return request
    }

    static func run(_ request: Request, _ session: Session) async throws -> Int32 {
        let started = session.timing.uptime()
        let target = try session.target()
        session.announceStore(target)
        let targets = [target] + (try session.otherTargets())
        let jobs = try jobs(request, session, targets)
        let landing = Landing(
            session.landing(into: target, and: Array(targets.dropFirst()), isDryRun: false), text: .refuse)
        var report = LoadReport()
        var isBlocked = false
        for job in jobs {
            if Task.isCancelled {
                report.leave(job.path, because: "the command was stopped")
            } else if isBlocked {
                report.leave(job.path, because: "not everything of the one before was accepted")
            } else {
                session.progress.show("loading \(job.path) …")
                let outcome = await load(job, into: landing, session)
                isBlocked = outcome.isBlocked
                report.add(outcome, of: job.path)
            }
        }
        await landing.finish()
        let batches = jobs.compactMap(\.batch)
        report.update(batches, await BatchFates(of: batches, landing))
        report.finish(with: await landing.accounts())
        session.progress.clear()
        await target.store?.close()
        report.duration = session.timing.uptime() - started
        var labels: [String] = []
        for job in jobs where !labels.contains(job.target.label) { labels.append(job.target.label) }
        let destination = labels.joined(separator: ", ")
        if session.isJSON {
            session.console.out(report.json(destination: destination))
        } else {
            session.console.show(report.text(destination: destination, command: session.command))
        }
        return report.exitCode
    }

    private static func load(_ job: Job, into landing: Landing, _ session: Session) async -> FileLoad.Outcome {
        if let batch = job.batch { return await batch.run(landing, at: job.target, origin: job.origin) }
        let (console, progress) = (session.console, session.progress)
        let file = FileLoad(
            path: job.path, precision: job.precision ?? .milliseconds, isPrecisionNamed: job.precision != nil,
            origin: job.origin, isOriginNamed: job.isOriginNamed, isOriginAssumed: job.isOriginAssumed
        ) { text in
            progress.clear()
            console.say(text)
        }
        var outcome = await file.run(landing)
        outcome.isForeignBatch = batchName(job.path) != nil
        return outcome
    }

    // MARK: What is to be loaded

    /// - Parameter targets: the main one first.
    private static func jobs(_ request: Request, _ session: Session, _ targets: [Target]) throws -> [Job] {
        try request.paths.map { path in
            let name = batchName(path)
            let resolved = resolved(path)
            let (target, batch) = name == nil ? (targets[0], nil) : try batchLoad(path, resolved, session, targets)
            var job = Job(
                path: path, precision: name?.precision ?? request.precision, batch: batch,
                mark: name == nil ? nil : try mark(beside: resolved),
                target: batch.map { session.target(target, at: $0.bucket) } ?? target,
                exportMark: name == nil && path != "-" ? try exportMark(path, resolved, request, session) : nil,
                isOriginNamed: request.origin != nil)
            if let origin = try origin(of: job, request, session) {
                job.origin = origin
            } else {
                job.isOriginAssumed = true
            }
            return job
        }
    }

    private static func batchName(_ path: String) -> BatchName? {
        path.split(separator: "/").last.flatMap { BatchName(parsing: String($0)) }
    }

    /// The absolute path without links and dots, also of a file that is not in its folder any more.
    private static func resolved(_ path: String) -> String {
        guard !Files.exists(path) else { return Environment.resolved(path) }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        return Environment.resolved(folder) + "/" + name
    }

    /// The file as a batch of this data folder's outbox, with the destination for which it waits; nil for any other
    /// file, which goes to the main one.
    private static func batchLoad(
        _ path: String, _ resolved: String, _ session: Session, _ targets: [Target]
    ) throws(Refusal) -> (Target, BatchLoad?) {
        let dataFolder = Environment.resolved(session.settings.dataFolder)
        for target in targets {
            let batch = BatchLoad(
                path: path, resolved: resolved, dataFolder: dataFolder, destination: target.name)
            if let batch { return (target, batch) }
        }
        let parts = resolved.dropFirst(dataFolder.count).split(separator: "/")
        guard resolved.hasPrefix(dataFolder + "/outbox/"), parts.count == 4, Files.exists(path) else {
            return (targets[0], nil)
        }
        throw Refusal(
            text: "coinline load: \(path) waits for \(words(String(parts[1]))), and the settings name "
                + "\(targets.map { words($0.name) }.joined(separator: " and ")): \(advice(String(parts[1])))",
            code: ExitCode.configuration)
    }

    private static func words(_ destination: String) -> String {
        switch destination {
        case "main": "InfluxDB"
        case "store": "the embedded store"
        default: "the destination \(destination)"
        }
    }

    private static func advice(_ destination: String) -> String {
        ["main", "store"].contains(destination)
            ? "set or unset INFLUXDB_URL and INFLUXDB_TOKEN" : "name it in COINLINE_DESTINATIONS"
    }

    // MARK: Whose data it is

    private static func mark(beside batch: String) throws(Refusal) -> BatchMark? {
        do throws(OriginError) { return try BatchMark(beside: batch) } catch { throw refusal(error) }
    }

    /// What the file's first line says, unless an option contradicts it: told before any file is loaded. Of standard
    /// input and pipes it is told when they are read.
    private static func exportMark(
        _ path: String, _ resolved: String, _ request: Request, _ session: Session
    ) throws -> ExportMark? {
        guard let mark = ExportMark(of: resolved) else { return nil }
        do throws(ExportMarkError) {
            try mark.check(precision: request.precision, origin: request.origin, of: path)
        } catch {
            guard error.isPrecision else {
                throw Refusal(text: "coinline load: \(error)", code: ExitCode.configuration)
            }
            throw ArgumentsError.wrongUsage(error.description, command: session.arguments.command)
        }
        return mark
    }

    /// The mark beside a batch file, the one in an export, or the destination's; where there is neither, nil for an
    /// ordinary file, which is taken as real, and `--origin` is needed for a batch.
    private static func origin(of job: Job, _ request: Request, _ session: Session) throws -> Origin? {
        if let mark = job.mark, let named = request.origin, named != mark.origin {
            throw Refusal(
                text: "coinline load: \(job.path) holds \(mark.origin.rawValue) data by the mark \(mark.path): "
                    + "leave --origin \(named.rawValue) out",
                code: ExitCode.configuration)
        }
        let keeper = OriginKeeper(target: job.target, dataFolder: session.settings.dataFolder)
        do throws(OriginError) {
            if let origin = job.mark?.origin ?? job.exportMark?.origin ?? request.origin {
                try keeper.check(origin)
                return origin
            }
            if let marked = try keeper.marked() { return marked }
        } catch {
            guard !error.isMixed, batchName(job.path) == nil else { throw refusal(error) }
            // Only the points of this destination depend on it, so the landing judges.
            return job.exportMark?.origin ?? request.origin
        }
        // Of a file that is not there only that is said.
        guard batchName(job.path) == nil || !Files.exists(job.path) else {
            throw ArgumentsError.wrongUsage(
                "\(job.path) does not tell whose data it holds: add --origin real or --origin simulated",
                command: session.arguments.command)
        }
        return nil
    }

    private static func refusal(_ error: OriginError) -> Refusal {
        Refusal(text: "coinline load: \(error)", code: error.isMixed ? ExitCode.configuration : ExitCode.incomplete)
    }
}
