import CoinlineHTTP

/// An HTTP answer as the upstream rooms need it; what the tests answer with, too.
struct Reply: Sendable {
    var status = 200
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    /// The last value of that name; upper and lower case are the same.
    func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.last { $0.name.lowercased() == wanted }?.value
    }
}

extension Reply {
    init(_ answer: HTTPAnswer) {
        self.init(status: answer.status, headers: answer.headers, body: answer.body)
    }
}

/// Sends one request: the HTTP client, or a test's script. Throws `HTTPError` or `CancellationError`.
typealias Sending = @Sendable (HTTPRequest) async throws -> Reply
