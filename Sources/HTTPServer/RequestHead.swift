/// A request's head as the library hands it over, and the decision whether it is served.
///
/// libmicrohttpd 0.9.75 lets through what a strict server refuses (two lengths, a length beside a transfer coding, names
/// that are no tokens …): requests that two programs on the way may read differently.
struct RequestHead {
    let method: String
    let version: String
    let target: String
    let headers: [(name: String, value: String)]

    enum Verdict {
        case serve(RequestTarget)
        case refuse(status: Int)
    }

    func verdict(bodyBytesMax: Int) -> Verdict {
        guard isToken(method), hasPlainFields, hasHost, hasOneFraming else {
            return .refuse(status: 400)
        }
        // A tunnel is no service of this server, and its target names no path.
        if method == "CONNECT" { return .refuse(status: 501) }
        guard let target = RequestTarget(target, method: method) else { return .refuse(status: 400) }
        if let length = values(of: "Content-Length").first {
            guard !length.isEmpty, length.utf8.allSatisfy(isDigit) else { return .refuse(status: 400) }
            // A number too long for Int is too long for us as well.
            guard let count = Int(length), count <= bodyBytesMax else { return .refuse(status: 413) }
        }
        return .serve(target)
    }

    /// What `Upgrade` offers, where `Connection` says that it is meant for this server. HTTP/1.0 knows no upgrade.
    var offeredProtocols: [String] {
        guard version != "HTTP/1.0", words(of: "Connection").contains(where: { equalsIgnoringCase($0, "upgrade") })
        else {
            return []
        }
        return words(of: "Upgrade")
    }

    private func words(of name: String) -> [String] {
        values(of: name).flatMap { $0.split(separator: ",") }.map { word in
            String(word.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
        }.filter { !$0.isEmpty }
    }

    /// RFC 9112 §3.2: exactly one, which only HTTP/1.0 may leave out.
    private var hasHost: Bool {
        let count = values(of: "Host").count
        return count == 1 || count == 0 && version == "HTTP/1.0"
    }

    private var hasPlainFields: Bool {
        headers.allSatisfy { isToken($0.name) && !hasControlBytes($0.value) }
    }

    /// Whether the end of the body can be read in one way only. HTTP/1.0 knows no transfer coding.
    private var hasOneFraming: Bool {
        let codings = values(of: "Transfer-Encoding")
        return values(of: "Content-Length").count + codings.count <= 1
            && codings.allSatisfy { equalsIgnoringCase($0, "chunked") }
            && (codings.isEmpty || version != "HTTP/1.0")
    }

    private func values(of name: String) -> [String] {
        headers.filter { equalsIgnoringCase($0.name, name) }.map(\.value)
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
