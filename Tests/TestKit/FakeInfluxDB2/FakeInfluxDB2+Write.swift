import CoinlineBase
import HTTPServer

// The order of these checks is the server's: it decides which of two faults is told.
extension FakeInfluxDB2.Core {
    func write(_ request: ServerRequest, body: [UInt8], _ asker: Asker) throws(InfluxDB2Error) -> ServerResponse {
        let units: [String: Int64] = ["": 1, "ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000]
        guard let unit = units[request.query("precision") ?? ""] else {
            throw .invalid("invalid precision; valid precision units are ns, us, ms, and s")
        }
        guard let name = request.query("bucket"), !name.isEmpty else { throw .notFound("bucket not found") }
        let unpacking = try unpacking(request, body)
        try checkOrganization(request)
        let bucket = try bucket(name)
        try checkMayWrite(asker, bucket)
        return try store(unpacking, unit: unit, in: bucket)
    }

    /// A database is a bucket by its name, or with a retention policy `database/policy`. The precision is not looked
    /// at: what is not known means nanoseconds.
    func writeAsVersion1(
        _ request: ServerRequest, body: [UInt8], _ asker: Asker
    ) throws(InfluxDB2Error) -> ServerResponse {
        guard let database = request.query("db"), !database.isEmpty else { throw .invalid("missing db") }
        let unpacking = try unpacking(request, body)
        let policy = request.query("rp") ?? ""
        let names =
            policy.isEmpty || policy == "autogen" ? [database, "\(database)/autogen"] : ["\(database)/\(policy)"]
        guard let bucket = configuration.buckets.first(where: { names.contains($0.name) }) else {
            throw .notFound("no dbrp mapping found")
        }
        try checkMayWrite(asker, bucket)
        let units: [String: Int64] = ["us": 1_000, "ms": 1_000_000, "s": 1_000_000_000]
        return try store(unpacking, unit: units[request.query("precision") ?? ""] ?? 1, in: bucket)
    }

    /// The body unpacked, or what is wrong with it, which is told only after all else was checked; but a bad head is
    /// told at once. `gzip` counts in small letters only: a body under any other coding is read as it is.
    private func unpacking(
        _ request: ServerRequest, _ body: [UInt8]
    ) throws(InfluxDB2Error) -> Result<[UInt8], InfluxDB2Error> {
        var unpacked = body
        if ["gzip", "x-gzip"].contains(request.header("Content-Encoding") ?? "") {
            do throws(GzipFault) {
                unpacked = try GzipReader.content(of: body)
            } catch {
                switch error {
                case .firstHeader: throw .unexplained
                case .header, .checksum: return .failure(.invalid("unable to read data: \(error.text)"))
                case .ended, .corrupt: return .failure(.internalError("unable to read data: \(error.text)"))
                }
            }
        }
        if let bodyBytesMax = configuration.bodyBytesMax, unpacked.count > bodyBytesMax {
            let message = Array("unable to read data: points batch is too large".utf8)
            return .failure(InfluxDB2Error(413, "request too large", message))
        }
        return .success(unpacked)
    }

    private func store(
        _ unpacking: Result<[UInt8], InfluxDB2Error>, unit: Int64, in bucket: FakeInfluxDB2.Bucket
    ) throws(InfluxDB2Error) -> ServerResponse {
        let now = configuration.now().nanoseconds
        let (points, faults) = LineReader.read(try unpacking.get(), unit: unit, now: now)
        if !faults.isEmpty { throw .invalid(Array(faults.joined(separator: [LineReader.lineFeed]))) }
        let reason = state.withLock { $0.buckets[bucket.id]?.write(points, now: now) }
        guard let reason else { return ServerResponse(204) }
        let message = Array("failure writing points to database: partial write: ".utf8) + reason
        throw InfluxDB2Error(422, "unprocessable entity", message)
    }
}
