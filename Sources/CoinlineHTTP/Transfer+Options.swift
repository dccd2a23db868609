import CCoinlineCurl
import CoinlineBase

// Every option that matters is set, also where libcurl's default would do, so that no other version and no environment
// decides. What is left out on purpose: LOW_SPEED_LIMIT, since every request has a deadline for the whole.
extension Transfer {
    /// `sun_path` of Linux, without its last zero byte.
    private static let socketPathBytesMax = 107

    func setOptions(_ request: HTTPRequest, configuration: HTTPClient.Configuration) throws(HTTPError) {
        try setPlumbing()
        try setReach(request)
        try setTimes()
        try setProtocol(configuration)
        try setTLS(configuration)
        try setMethodAndBody(request)
        try setHeaders(request, userAgent: configuration.userAgent)
    }

    /// Callbacks and what they are given. The pointer to this object is not retained: the loop keeps the transfer alive
    /// until it has removed the handle, and no callback runs outside of that time.
    private func setPlumbing() throws(HTTPError) {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        try check(unsafe coinline_setopt_ptr(easy, CURLOPT_PRIVATE, me), "PRIVATE")
        try check(setErrorBuffer(), "ERRORBUFFER")
        try check(unsafe coinline_setopt_ptr(easy, CURLOPT_WRITEDATA, me), "WRITEDATA")
        try check(unsafe coinline_setopt_write(easy, CURLOPT_WRITEFUNCTION, takeBody), "WRITEFUNCTION")
        try check(unsafe coinline_setopt_ptr(easy, CURLOPT_HEADERDATA, me), "HEADERDATA")
        try check(unsafe coinline_setopt_write(easy, CURLOPT_HEADERFUNCTION, takeHeadLine), "HEADERFUNCTION")
        // No SIGALRM in a program with threads.
        try set(CURLOPT_NOSIGNAL, 1, "NOSIGNAL")
        // Names are looked up in a helper thread. Without this, removing a transfer joins that thread: with a silent
        // name server a cancellation took 5.8 s and froze every other transfer.
        try set(CURLOPT_QUICK_EXIT, 1, "QUICK_EXIT")
        try set(CURLOPT_NOPROGRESS, 1, "NOPROGRESS")
        try set(CURLOPT_VERBOSE, 0, "VERBOSE")
    }

    /// What is asked, and by which way.
    private func setReach(_ request: HTTPRequest) throws(HTTPError) {
        try set(CURLOPT_URL, request.url, "URL")
        // As it stands: no resolving of "/../", which a signed or percent-encoded path would not survive.
        try set(CURLOPT_PATH_AS_IS, 1, "PATH_AS_IS")
        try set(CURLOPT_PROTOCOLS_STR, "http,https", "PROTOCOLS_STR")
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https", "REDIR_PROTOCOLS_STR")
        // A redirect is an answer; following it could carry a key to another host.
        try set(CURLOPT_FOLLOWLOCATION, 0, "FOLLOWLOCATION")
        try set(CURLOPT_MAXREDIRS, 0, "MAXREDIRS")
        try set(CURLOPT_UNRESTRICTED_AUTH, 0, "UNRESTRICTED_AUTH")
        // ~/.netrc is not a place from which a key may come.
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue), "NETRC")
        guard (request.unixSocketPath?.utf8.count ?? 0) <= Self.socketPathBytesMax else {
            throw HTTPError(kind: .badRequest, detail: "the path of the socket file is longer than 107 bytes")
        }
        try set(CURLOPT_UNIX_SOCKET_PATH, request.unixSocketPath, "UNIX_SOCKET_PATH")
        // https_proxy, http_proxy, all_proxy and no_proxy of the environment hold, as containers behind a proxy need
        // it; but what runs on this machine is asked directly, and so is a socket file.
        let isDirect = target.isLoopback || request.unixSocketPath != nil
        try set(CURLOPT_PROXY, isDirect ? "" : nil, "PROXY")
        // A proxy that only opens a tunnel sees none of the request's headers.
        try set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE), "HEADEROPT")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1, "SUPPRESS_CONNECT_HEADERS")
    }

    private func setTimes() throws(HTTPError) {
        try set(CURLOPT_TIMEOUT_MS, Self.timeout(deadline), "TIMEOUT_MS")
        try set(CURLOPT_CONNECTTIMEOUT_MS, Self.timeout(connectTimeout), "CONNECTTIMEOUT_MS")
        try set(CURLOPT_TCP_NODELAY, 1, "TCP_NODELAY")
        // Keeps a connection alive through firewalls that forget idle ones, and finds out that a peer is gone.
        try set(CURLOPT_TCP_KEEPALIVE, 1, "TCP_KEEPALIVE")
        try set(CURLOPT_TCP_KEEPIDLE, 60, "TCP_KEEPIDLE")
        try set(CURLOPT_TCP_KEEPINTVL, 30, "TCP_KEEPINTVL")
        // Below the three minutes after which InfluxDB closes an idle connection.
        try set(CURLOPT_MAXAGE_CONN, 110, "MAXAGE_CONN")
        try set(CURLOPT_DNS_CACHE_TIMEOUT, 60, "DNS_CACHE_TIMEOUT")
    }

    private func setProtocol(_ configuration: HTTPClient.Configuration) throws(HTTPError) {
        let version = configuration.prefersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        try set(CURLOPT_HTTP_VERSION, Int(version), "HTTP_VERSION")
        // Waiting for a connection that might be shared makes sense only where requests can share one.
        try set(CURLOPT_PIPEWAIT, configuration.prefersHTTP2 ? 1 : 0, "PIPEWAIT")
        try set(CURLOPT_HTTP09_ALLOWED, 0, "HTTP09_ALLOWED")
        // Whatever this libcurl can unpack; what comes out of it is what the limit counts.
        try set(CURLOPT_ACCEPT_ENCODING, "", "ACCEPT_ENCODING")
        try set(CURLOPT_HTTP_CONTENT_DECODING, 1, "HTTP_CONTENT_DECODING")
    }

    private func setTLS(_ configuration: HTTPClient.Configuration) throws(HTTPError) {
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2), "SSLVERSION")
        try set(CURLOPT_SSL_VERIFYPEER, configuration.isVerifyingTLS ? 1 : 0, "SSL_VERIFYPEER")
        try set(CURLOPT_SSL_VERIFYHOST, configuration.isVerifyingTLS ? 2 : 0, "SSL_VERIFYHOST")
        guard let caFile = configuration.caFile else { return }
        // These authorities and no others: the system's folder would otherwise stay trusted beside them.
        try set(CURLOPT_CAINFO, caFile, "CAINFO")
        try set(CURLOPT_CAPATH, nil, "CAPATH")
    }

    private func setMethodAndBody(_ request: HTTPRequest) throws(HTTPError) {
        guard HeadRules.isToken(request.method) else {
            throw HTTPError(kind: .badRequest, detail: "the method is not a word of letters")
        }
        let body = request.body ?? (request.method == "POST" || request.method == "PUT" ? [] : nil)
        if let body {
            // POST first, since it is what turns the body on; another method's name then replaces the word alone.
            try set(CURLOPT_POST, 1, "POST")
            try check(setBody(body), "POSTFIELDS")
            if request.method != "POST" { try set(CURLOPT_CUSTOMREQUEST, request.method, "CUSTOMREQUEST") }
        } else if request.method == "HEAD" {
            // Or libcurl would wait for the body that the head announces.
            try set(CURLOPT_NOBODY, 1, "NOBODY")
        } else {
            try set(CURLOPT_HTTPGET, 1, "HTTPGET")
            if request.method != "GET" { try set(CURLOPT_CUSTOMREQUEST, request.method, "CUSTOMREQUEST") }
        }
    }

    private func setHeaders(_ request: HTTPRequest, userAgent: String) throws(HTTPError) {
        for header in request.headers {
            let value = header.valueOnTheWire
            guard HeadRules.isToken(header.name) else {
                throw HTTPError(kind: .badRequest, detail: "a header's name holds characters that cannot be sent")
            }
            guard HeadRules.isValue(value) else {
                throw HTTPError(
                    kind: .badRequest, detail: "the value of header \(header.name) holds control characters")
            }
            // To libcurl "Name:" means "leave it out", and "Name;" an empty value.
            try addHeaderLine(value.isEmpty ? "\(header.name);" : "\(header.name): \(value)")
        }
        let names = Set(request.headers.map { $0.name.lowercased() })
        // libcurl would ask for "100 Continue" above 1 MiB, and wait a second for servers that never send it.
        if !names.contains("expect") { try addHeaderLine("Expect:") }
        // It would call any body a form.
        if !names.contains("content-type") { try addHeaderLine("Content-Type:") }
        try check(setHeaderList(), "HTTPHEADER")
        guard HeadRules.isValue(userAgent) else {
            throw HTTPError(kind: .badRequest, detail: "the user agent's name holds control characters")
        }
        try set(CURLOPT_USERAGENT, userAgent, "USERAGENT")
    }

    // MARK: Setting one

    private func set(_ option: CURLoption, _ value: Int, _ name: StaticString) throws(HTTPError) {
        try check(unsafe coinline_setopt_long(easy, option, value), name)
    }

    /// libcurl copies the text; nil puts the option back.
    private func set(_ option: CURLoption, _ value: String?, _ name: StaticString) throws(HTTPError) {
        // A zero byte would cut the text short, and something else would be asked than was checked.
        guard value?.utf8.contains(0) != true else {
            throw HTTPError(kind: .badRequest, detail: "a zero byte in the value of option \(name)")
        }
        try check(unsafe coinline_setopt_str(easy, option, value), name)
    }

    private func check(_ code: CURLcode, _ name: StaticString) throws(HTTPError) {
        guard code != CURLE_OK else { return }
        let reason = unsafe String(cString: curl_easy_strerror(code))
        throw HTTPError(kind: .badRequest, detail: "libcurl refuses option \(name): \(reason)")
    }

    /// At least 1, since 0 means "for ever" to libcurl, and at most what it takes.
    private static func timeout(_ duration: Duration) -> Int {
        Int(min(max(duration.milliseconds, 1), Int64(Int32.max)))
    }
}

/// Called by libcurl on the loop's thread with a piece of the body; any count but the given one ends the transfer.
private func takeBody(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = unsafe transfer else { return 0 }
    let received = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    let me = unsafe Unmanaged<Transfer>.fromOpaque(transfer).takeUnretainedValue()
    return unsafe me.collector.take(body: received) ? received.count : 0
}

/// As `takeBody`, with one line of the head.
private func takeHeadLine(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = unsafe transfer else { return 0 }
    let line = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: size * count))
    let me = unsafe Unmanaged<Transfer>.fromOpaque(transfer).takeUnretainedValue()
    return me.collector.take(headLine: line) ? line.count : 0
}
