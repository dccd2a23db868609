import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import HTTPServer

extension FakeInfluxDB2 {
    /// How a text is answered, and over which times it reads.
    struct RegisteredQuery {
        var times = Int64.min...Int64.max
        let answer: @Sendable ([RawPoint]) throws(InfluxDB2Error) -> [Table]
    }

    /// From now on answers exactly this text with what the function makes of the points of the buckets that the text
    /// names (`bucket: "…"`), as a query over `times` finds them. A bucket that is not there, or that the token may not
    /// read, is a 404 as of the real server.
    public func register(
        flux: String, times: ClosedRange<Int64> = Int64.min...Int64.max,
        _ answer: @escaping @Sendable ([StoredPoint]) -> [Table]
    ) {
        set(RegisteredQuery(times: times) { answer($0.map(\.point)) }, for: flux)
    }

    /// As `register`, with names and values as bytes.
    public func register(
        rawFlux flux: String, times: ClosedRange<Int64> = Int64.min...Int64.max,
        _ answer: @escaping @Sendable ([RawPoint]) -> [Table]
    ) {
        set(RegisteredQuery(times: times, answer: answer), for: flux)
    }

    /// From now on answers exactly this text with an error before the first row, which is of status 400 ("invalid"),
    /// 403 ("forbidden"), 404 ("not found") or 500 ("internal error"). For one behind rows give `Table.error`.
    public func register(flux: String, status: Int, code: String, message: String) {
        let query = RegisteredQuery { _ throws(InfluxDB2Error) in
            throw InfluxDB2Error(status, code, Array(message.utf8))
        }
        set(query, for: flux)
    }

    private func set(_ query: RegisteredQuery, for flux: String) {
        core.state.withLock { $0.queries[flux] = query }
    }
}

extension FakeInfluxDB2.Core {
    func query(_ request: ServerRequest, body: [UInt8], _ asker: Asker) throws(InfluxDB2Error) -> ServerResponse {
        let (flux, dialect) = try decode(request, body)
        do throws(InfluxDB2Error) {
            try checkOrganization(request)
        } catch {
            throw .invalid(Array("failed to decode request body: ".utf8) + error.message)
        }
        guard let query = state.withLock({ $0.queries[flux] }) else { throw Self.unknown(flux) }
        var points: [FakeInfluxDB2.RawPoint] = []
        for name in Self.buckets(in: flux) {
            points += try readablePoints(name, in: query.times, asker)
        }
        let csv = AnnotatedCSV.bytes(try query.answer(points), dialect)
        var response = ServerResponse(200, headers: [("Content-Type", "text/csv; charset=utf-8")], body: .bytes(csv))
        if csv.count >= Self.compressedBytesMin, request.header("Accept-Encoding")?.contains("gzip") ?? false,
            let compressed = try? Self.gzip(csv)
        {
            response.body = .bytes(compressed)
            response.headers.append(("Content-Encoding", "gzip"))
        }
        return response
    }

    /// Shorter answers are never compressed.
    private static let compressedBytesMin = 1_400

    private static func gzip(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        var gzip = try Gzip()
        return try gzip.compress(bytes)
    }

    private func readablePoints(
        _ name: String, in times: ClosedRange<Int64>, _ asker: Asker
    ) throws(InfluxDB2Error) -> [FakeInfluxDB2.RawPoint] {
        let mayRead = asker.isActive && (asker.token.isOperator || asker.token.reads.contains(name))
        guard mayRead, let points = read(name, { $0.readablePoints(in: times) }) else {
            throw .notFound("failed to initialize execute state: could not find bucket \"\(name)\"")
        }
        return points
    }

    /// The fake knows no Flux; to it a text that nobody registered is one that does not compile.
    private static func unknown(_ flux: String) -> InfluxDB2Error {
        let lines = flux.split(separator: "\n", omittingEmptySubsequences: false)
        let end = "\(lines.count):\((lines.last?.utf8.count ?? 0) + 1)"
        return .invalid("compilation failed: error @1:1-\(end): this text is not registered with the fake server")
    }

    private static func buckets(in flux: String) -> [String] {
        var names: [String] = []
        for match in flux.matches(of: #/bucket:\s*"((?:[^"\\]|\\.)*)"/#) {
            let name = String(match.1).replacing(#/\\(.)/#) { $0.output.1 }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private func decode(
        _ request: ServerRequest, _ body: [UInt8]
    ) throws(InfluxDB2Error) -> (flux: String, dialect: FakeInfluxDB2.Dialect) {
        let type = request.header("Content-Type") ?? ""
        if type.hasPrefix("application/vnd.flux") {
            return (String(decoding: body, as: UTF8.self), FakeInfluxDB2.Dialect())
        }
        do {
            let form = try JSONCursor(body, name: "query", limits: JSONLimits(bytesMax: 1 << 20))
            let flux = try form.member("query")?.string() ?? ""
            let dialect = try Self.dialect(form.member("dialect"))
            if !flux.isEmpty { return (flux, dialect) }
        } catch {
            throw .invalid("failed to decode request body: \(error)")
        }
        throw .invalid("failed to decode request body: request body requires either query or AST")
    }

    private static func dialect(_ form: JSONCursor?) throws -> FakeInfluxDB2.Dialect {
        var dialect = FakeInfluxDB2.Dialect()
        guard let form else { return dialect }
        dialect.hasHeader = try form.member("header")?.boolean() ?? true
        dialect.delimiter = try form.member("delimiter")?.string().first ?? ","
        dialect.annotations = try form.member("annotations")?.elements().map { try $0.string() } ?? []
        return dialect
    }
}
