import CoinlineJSON

/// Debian's VictoriaMetrics 1.79.5, a single server, empty, listening on loopback only.
public struct VictoriaMetrics: Sendable {
    public let process: ServerProcess

    public var url: String { process.url }

    public static func start() async throws -> VictoriaMetrics {
        let program = try TestServers.program("victoria-metrics")
        let process = try await ServerProcess.start(program, readyPath: "/health") { folder, port in
            [
                "-httpListenAddr=\(ServerProcess.host):\(port)", "-storageDataPath=\(folder.path)/data",
                "-retentionPeriod=100y", "-memory.allowedBytes=128MB",
            ]
        }
        return VictoriaMetrics(process: process)
    }

    /// Everything that matches, each series with its labels, values and times in milliseconds. What was written before is
    /// made visible first.
    public func export(_ match: String = #"{__name__!=""}"#) async throws -> [Series] {
        _ = try await RawRequest("GET", "\(url)/internal/force_flush").send()
        let answer = try await RawRequest("GET", "\(url)/api/v1/export?match[]=\(escaped(match))").send()
        guard answer.status == 200 else { throw TestKitError("export failed with \(answer.status): \(answer.text)") }
        return try answer.body.split(separator: UInt8(ascii: "\n")).map { try Series(JSONCursor(Array($0))) }
    }

    public struct Series: Sendable {
        /// `__name__` among them.
        public let labels: [String: String]
        public let values: [Double]
        public let timesMs: [Int64]

        init(_ cursor: JSONCursor) throws {
            let members = try cursor.member("metric")?.members() ?? []
            labels = try Dictionary(uniqueKeysWithValues: members.map { ($0.name, try $0.value.string()) })
            values = try cursor.member("values")?.elements().map { try $0.double() } ?? []
            timesMs = try cursor.member("timestamps")?.elements().map { try $0.int64() } ?? []
        }

        public var name: String { labels["__name__"] ?? "" }
    }

    public func stop() async {
        await process.stop()
    }
}
