/// An HTTP client over libcurl: all its requests share one thread, one pool of connections and one configuration.
///
/// - HTTP/1.1 unless `prefersHTTP2`; TLS 1.2 at least, verified unless told otherwise.
/// - Redirects are never followed, so that a key stays with the host it was meant for.
/// - The proxy settings of the environment (`https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`) hold, but not for
///   this machine and not for socket files.
/// - Answers are unpacked (gzip, deflate, Brotli, zstd, as far as libcurl can) and bounded after that.
///
/// The client closes when it is released.
public final class HTTPClient: Sendable {
    public struct Configuration: Sendable {
        /// Certificates (PEM) that are trusted instead of the system's.
        public var caFile: String?
        public var connectionsPerHostMax = 4
        public var userAgent = "coinline"
        /// HTTP/2 where TLS offers it. Off for InfluxDB: libcurl had uploads that stalled on half-closed streams.
        public var prefersHTTP2 = false
        /// Off means that anybody in between can read and change everything, keys included.
        public var isVerifyingTLS = true

        public init() {}
    }

    private let configuration: Configuration
    let loop: TransferLoop

    public init(_ configuration: Configuration = Configuration()) throws(HTTPError) {
        self.configuration = configuration
        loop = try TransferLoop(configuration)
    }

    deinit {
        loop.close()
    }

    /// Sends the request and returns the whole answer, whatever its status.
    ///
    /// Throws `HTTPError`, or `CancellationError` as soon as the task is cancelled. The server may have acted on the
    /// request in either case, unless the kind is `.resolve`, `.connect`, `.tls` or `.badRequest`.
    public func send(_ request: HTTPRequest) async throws -> HTTPAnswer {
        try Task.checkCancellation()
        let transfer = try Transfer(request, configuration: configuration)
        return try await loop.perform(transfer)
    }

    /// Ends everything under way, and every later request, with `HTTPError.Kind.closed`. May be called again.
    public func close() {
        loop.close()
    }
}
