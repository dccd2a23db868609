public import CoinlineJSON

/// Debian's InfluxDB 1.6.7, empty, listening on loopback only, reporting to nobody.
public struct InfluxDB1: Sendable {
    public let process: ServerProcess

    public var url: String { process.url }

    /// - Parameter isAuthenticated: makes the user `admin` with the password `secret`, and refuses who is not known.
    public static func start(isAuthenticated: Bool = false) async throws -> InfluxDB1 {
        let program = try TestServers.program("influxd")
        let process = try await ServerProcess.start(program, readyPath: "/ping") { folder, port in
            let settings = configuration(folder: folder.path, port: port, isAuthenticated: isAuthenticated)
            return ["run", "-config", try folder.write(settings, to: "influxdb.conf")]
        }
        let server = InfluxDB1(process: process)
        if isAuthenticated {
            _ = try await server.query("CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES")
        }
        return server
    }

    public func createDatabase(_ name: String) async throws {
        _ = try await query("CREATE DATABASE \"\(name)\"", user: "admin", password: "secret")
    }

    /// Writes line protocol and gives the answer, whatever it is.
    @discardableResult
    public func write(_ lines: String, database: String, precision: String = "ns") async throws -> RawAnswer {
        var request = RawRequest("POST", "\(url)/write?db=\(escaped(database))&precision=\(precision)")
        request.body = Array(lines.utf8)
        return try await request.send()
    }

    /// The whole answer to an InfluxQL query: `{"results":[{"series":[…]}]}`. Throws for an error in it.
    ///
    /// - Parameter epoch: the unit of times in the answer; text as of RFC 3339 when nil.
    public func query(
        _ text: String, database: String? = nil, epoch: String? = "ns", user: String? = nil, password: String? = nil
    ) async throws -> JSONCursor {
        var fields = ["q": text]
        (fields["db"], fields["epoch"], fields["u"], fields["p"]) = (database, epoch, user, password)
        let query = fields.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
        let answer = try await RawRequest("POST", "\(url)/query?\(query)").send()
        guard answer.status == 200 else { throw TestKitError("query failed with \(answer.status): \(answer.text)") }
        let root = try JSONCursor(answer.body, limits: JSONLimits(bytesMax: 256 << 20))
        for result in try root.member("results")?.elements() ?? [] {
            if let error = try result.member("error") { throw TestKitError("query failed: \(try error.string())") }
        }
        return root
    }

    /// The series of a query with one statement.
    public func series(_ text: String, database: String, epoch: String = "ns") async throws -> [Series] {
        let root = try await query(text, database: database, epoch: epoch)
        guard let result = try root.member("results")?.elements().first else { return [] }
        return try (result.member("series")?.elements() ?? []).map(Series.init)
    }

    public struct Series: Sendable {
        public let name: String
        public let tags: [String: String]
        public let columns: [String]
        public let rows: [[JSONCursor]]

        init(_ cursor: JSONCursor) throws {
            name = try cursor.member("name")?.string() ?? ""
            let members = try cursor.member("tags")?.members() ?? []
            tags = try Dictionary(uniqueKeysWithValues: members.map { ($0.name, try $0.value.string()) })
            columns = try cursor.member("columns")?.elements().map { try $0.string() } ?? []
            rows = try cursor.member("values")?.elements().map { try $0.elements() } ?? []
        }

        /// The values of a column, in order; empty when there is no such column.
        public func column(_ name: String) -> [JSONCursor] {
            columns.firstIndex(of: name).map { index in rows.map { $0[index] } } ?? []
        }

        /// The same as JSON texts, as the server wrote them.
        public func texts(_ name: String) -> [String] {
            column(name).map { String(decoding: $0.rawBytes, as: UTF8.self) }
        }
    }

    public func stop() async {
        await process.stop()
    }

    private static func configuration(folder: String, port: UInt16, isAuthenticated: Bool) -> String {
        """
        reporting-disabled = true
        bind-address = "\(ServerProcess.host):0"
        [meta]
          dir = "\(folder)/meta"
        [data]
          dir = "\(folder)/data"
          wal-dir = "\(folder)/wal"
          index-version = "inmem"
          query-log-enabled = false
          max-series-per-database = 0
          max-values-per-tag = 0
        [monitor]
          store-enabled = false
        [http]
          bind-address = "\(ServerProcess.host):\(port)"
          auth-enabled = \(isAuthenticated)
          log-enabled = false
        [continuous_queries]
          enabled = false

        """
    }
}
