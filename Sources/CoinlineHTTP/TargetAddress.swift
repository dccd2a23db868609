import CCoinlineCurl

/// Scheme, host and port of a URL as libcurl itself reads it, so that what is checked here is what is asked there.
struct TargetAddress: Sendable, Equatable {
    let scheme: String
    /// In lower case, an IPv6 address without brackets.
    let host: String
    /// As written in the URL.
    let port: String?

    /// Fails on anything but an absolute URL of http or https without control bytes.
    init(url: String) throws(HTTPError) {
        guard HeadRules.isURLText(url) else {
            throw HTTPError(kind: .badRequest, detail: "the URL is empty or holds blanks or control characters")
        }
        guard let parts = unsafe curl_url() else {
            throw HTTPError(kind: .badRequest, detail: "libcurl has no memory for a URL")
        }
        defer { unsafe curl_url_cleanup(parts) }
        guard unsafe curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = unsafe Self.part(CURLUPART_SCHEME, of: parts)?.lowercased()
        else {
            throw HTTPError(kind: .badRequest, detail: "the URL cannot be read: http://host or https://host begins one")
        }
        guard scheme == "http" || scheme == "https" else {
            throw HTTPError(
                kind: .badRequest, detail: "the URL begins with \(scheme)://, and only http and https are spoken")
        }
        guard let host = unsafe Self.part(CURLUPART_HOST, of: parts)?.lowercased(), !host.isEmpty else {
            throw HTTPError(kind: .badRequest, detail: "the URL names no host")
        }
        self.scheme = scheme
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        port = unsafe Self.part(CURLUPART_PORT, of: parts)
    }

    /// "https://host:port", for messages.
    var origin: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(shown)" + (port.map { ":\($0)" } ?? "")
    }

    /// Whether it is this machine, for which no proxy is asked.
    var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || Self.isLoopbackIPv4(host)
    }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func part(_ which: CURLUPart, of parts: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(parts, which, &text, 0) == CURLUE_OK, let text = unsafe text else { return nil }
        // libcurl allocated it for us alone.
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
