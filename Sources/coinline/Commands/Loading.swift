import Arguments
import CoinlineBase
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
        let target: Target
        var origin = Origin.real
    }

    /// A precision that contradicts a file's name is a usage error.
    static func request(_ arguments: ParsedArguments) throws(ArgumentsError) -> Request {
        let request = Request(
            paths: arguments.positionals,
            precision: arguments.string("precision").flatMap { Precision(rawValue: $0.lowercased()) },
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
        let jobs = try jobs(request, session, target)
        var report = LoadReport()
        var blocked: Set<Bucket> = []
        for job in jobs {
            if Task.isCancelled {
                report.leave(job.path, because: "the command was stopped")
            } else if blocked.contains(job.target.bucket) {
                report.leave(job.path, because: "the destination did not take the one before")
            } else {
                session.progress.show("loading \(job.path) …")
                let outcome = await load(job, session)
                if outcome.isBlocked { blocked.insert(job.target.bucket) }
                report.add(outcome, of: job.path)
            }
        }
        session.progress.clear()
        await target.store?.close()
        report.duration = session.timing.uptime() - started
        var labels: [String] = []
        for job in jobs where !labels.contains(job.target.label) { labels.append(job.target.label) }
        let destination = labels.joined(separator: ", ")
        session.console.out(
            session.isJSON
                ? report.json(destination: destination)
                : report.text(destination: destination, loadCommand: session.loadCommand))
        return report.exitCode
    }

    private static func load(_ job: Job, _ session: Session) async -> FileLoad.Outcome {
        let configuration = session.landing(into: job.target, isDryRun: false)
        if let batch = job.batch { return await batch.run(configuration, origin: job.origin) }
        let (console, progress) = (session.console, session.progress)
        let file = FileLoad(
            path: job.path, precision: job.precision ?? .milliseconds, isPrecisionNamed: job.precision != nil,
            origin: job.origin, isInputReady: Console.isInputReady
        ) { text in
            progress.clear()
            console.say(text)
        }
        return await file.run(configuration)
    }

    // MARK: What is to be loaded

    private static func jobs(_ request: Request, _ session: Session, _ target: Target) throws -> [Job] {
        try request.paths.map { path in
            let batch = try batchLoad(path, session, target)
            var job = Job(
                path: path, precision: batchName(path)?.precision ?? request.precision, batch: batch,
                target: batch.map { session.target(target, at: $0.bucket) } ?? target)
            job.origin = try origin(of: job, request, session)
            return job
        }
    }

    private static func batchName(_ path: String) -> BatchName? {
        path.split(separator: "/").last.flatMap { BatchName(parsing: String($0)) }
    }

    /// The file as a batch of this data folder's outbox; nil for any other file.
    private static func batchLoad(_ path: String, _ session: Session, _ target: Target) throws(Refusal) -> BatchLoad? {
        guard batchName(path) != nil else { return nil }
        let resolved = Environment.resolved(path)
        let dataFolder = Environment.resolved(session.settings.dataFolder)
        func batch(of destination: String) -> BatchLoad? {
            BatchLoad(path: path, resolved: resolved, dataFolder: dataFolder, destination: destination)
        }
        let names = ["main": "InfluxDB", "store": "the embedded store"]
        for (other, name) in names where other != target.name && batch(of: other) != nil {
            throw Refusal(
                text: "coinline load: \(path) waits for \(name), and the settings name \(names[target.name] ?? ""): "
                    + "set or unset INFLUXDB_URL and INFLUXDB_TOKEN",
                code: ExitCode.configuration)
        }
        return batch(of: target.name)
    }

    /// The mark that is there; without one, real for an ordinary file, and `--origin` for one of an outbox.
    private static func origin(of job: Job, _ request: Request, _ session: Session) throws -> Origin {
        let keeper = OriginKeeper(target: job.target, dataFolder: session.settings.dataFolder)
        do throws(OriginError) {
            if let named = request.origin {
                try keeper.check(named)
                return named
            }
            if let marked = try keeper.marked() { return marked }
        } catch {
            throw Refusal(
                text: "coinline load: \(error)", code: error.isMixed ? ExitCode.configuration : ExitCode.incomplete)
        }
        guard batchName(job.path) == nil else {
            throw ArgumentsError.wrongUsage(
                "\(job.path) does not tell whose data it holds: add --origin real or --origin simulated",
                command: session.arguments.command)
        }
        return .real
    }
}
