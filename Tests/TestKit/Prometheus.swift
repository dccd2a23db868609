/// Debian's Prometheus, scraping what it is told, and its checker of metrics texts.
public struct Prometheus: Sendable {
    public let process: ServerProcess

    public var url: String { process.url }

    /// - Parameter targets: `host:port` of what is scraped, once a second.
    public static func start(targets: [String]) async throws -> Prometheus {
        let program = try TestServers.program("prometheus")
        let process = try await ServerProcess.start(program, readyPath: "/-/ready") { folder, port in
            let list = targets.map { "\"\($0)\"" }.joined(separator: ", ")
            let settings = """
                global: { scrape_interval: 1s }
                scrape_configs: [{ job_name: tests, static_configs: [{ targets: [\(list)] }] }]

                """
            return [
                "--config.file=\(try folder.write(settings, to: "prometheus.yml"))",
                "--storage.tsdb.path=\(folder.path)/data", "--web.listen-address=\(ServerProcess.host):\(port)",
            ]
        }
        return Prometheus(process: process)
    }

    /// Whether `promtool` finds nothing to complain about in a metrics text.
    public static func check(metrics: [UInt8]) async throws -> ProgramResult {
        var run = ProgramRun(try TestServers.program("promtool"), ["check", "metrics"])
        run.input = metrics
        return try await run.result()
    }

    public func stop() async {
        await process.stop()
    }
}
