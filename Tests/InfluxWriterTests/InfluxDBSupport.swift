import CoinlineBase
import CoinlineCompression
import CoinlineHTTP
import HTTPServer
import Synchronization

@testable import InfluxWriter

/// A configuration as most tests want it.
func influxConfiguration(
    _ url: String = "http://localhost:8086", api: InfluxDB.API = .v2, token: String? = "the-token-of-the-test",
    organization: String? = "market"
) -> InfluxDB.Configuration {
    var configuration = InfluxDB.Configuration(url: url)
    configuration.api = api
    configuration.token = token.map { Token($0) }
    configuration.organization = organization
    return configuration
}

func batch(_ lines: String, precision: Precision = .milliseconds, number: UInt32 = 1) throws -> BatchFile {
    var gzip = try Gzip()
    let body = try gzip.compress(Array(lines.utf8))
    let count = max(1, lines.split(separator: "\n").count)
    let name = BatchName(
        sealedMicroseconds: 1_767_225_600_000_000, writer: 1, number: number, precision: precision, lines: count)
    return BatchFile(name: name, body: body)
}

/// What a reply says, whatever its kind.
func message(of reply: Reply) -> String {
    switch reply {
    case .acknowledged: ""
    case .rejected(_, let text), .partial(_, _, let text), .notFound(_, let text), .overloaded(_, let text),
        .unexpected(_, let text):
        text
    case .unauthorized(let text), .forbidden(let text), .tooLarge(let text), .limited(let text),
        .unavailable(let text), .failed(_, let text), .unproved(let text):
        text
    }
}

/// How many lines a partial reply says were refused; nil for any other.
func refusedCount(of reply: Reply) -> RefusedCount? {
    if case .partial(_, let count, _) = reply { count } else { nil }
}

/// The kind of a reply in a word, for tables.
func kind(of reply: Reply) -> String {
    switch reply {
    case .acknowledged: "acknowledged"
    case .rejected(let lines, _): "rejected \(lines.count)"
    case .partial(let lines, _, _): "partial \(lines.count)"
    case .unauthorized: "unauthorized"
    case .forbidden: "forbidden"
    case .notFound(let missing, _): "no \(missing)"
    case .tooLarge: "tooLarge"
    case .overloaded(let wait, _): "overloaded" + (wait.map { " \($0.text)" } ?? "")
    case .limited: "limited"
    case .unavailable: "unavailable"
    case .failed: "failed"
    case .unproved: "unproved"
    case .unexpected(let status, _): "unexpected \(status)"
    }
}

/// A server that gives the same kind of answer to every request and keeps what it was asked.
final class ScriptedServer: Sendable {
    struct Seen: Sendable {
        let method: String
        let target: String
        let headers: [String: String]  // names in lower case
        let body: [UInt8]
    }

    private let kept: KeptRequests
    private let server: HTTPServer

    private final class KeptRequests: Sendable {
        let all = Mutex<[Seen]>([])
    }

    var url: String { server.baseURL }
    var requests: [Seen] { kept.all.withLock { $0 } }

    init(host: String = "127.0.0.1", _ answer: @escaping @Sendable (Seen) -> ServerResponse) throws {
        let kept = KeptRequests()
        self.kept = kept
        var configuration = ServerConfiguration()
        configuration.address = .tcp(host: host, port: 0)
        server = try HTTPServer(configuration) { request in
            let headers = Dictionary(request.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
            let body = (try? await request.body.collect()) ?? []
            let seen = Seen(method: request.method, target: request.target, headers: headers, body: body)
            kept.all.withLock { $0.append(seen) }
            return answer(seen)
        }
    }

    func stop() async {
        await server.stop()
    }
}
