/// The address of a server: scheme, host, port, and a path in front of the API's own (`/insert/0/influx` of a cluster).
struct ServerAddress: Sendable, Equatable {
    /// "http://host:8086", for messages.
    let origin: String
    /// What the API's paths are appended to, without a slash at its end.
    let base: String

    init(_ text: String) throws(InfluxDBError) {
        guard let schemeEnd = text.firstRange(of: "://"), Self.isScheme(text[..<schemeEnd.lowerBound]) else {
            throw .url(reason: "it begins with http:// or https://, as in http://localhost:8086")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .url(reason: "it holds blanks or control characters")
        }
        guard !text.contains("?"), !text.contains("#") else {
            throw .url(reason: "it has a query or a fragment; organisation, bucket and token are given apart from it")
        }
        let rest = text[schemeEnd.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw .url(reason: "user and password do not belong there: give them as the token, user:password")
        }
        try Self.check(authority: authority)
        let scheme = text[..<schemeEnd.lowerBound].lowercased()
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path.removeLast() }
        origin = "\(scheme)://\(authority)"
        base = origin + path
    }

    private static func isScheme(_ text: Substring) -> Bool {
        let scheme = text.lowercased()
        return scheme == "http" || scheme == "https"
    }

    private static func check(authority: Substring) throws(InfluxDBError) {
        var host = authority
        var port: Substring?
        if let bracket = authority.lastIndex(of: "]"), authority.hasPrefix("[") {
            host = authority[...bracket]
            let behind = authority[authority.index(after: bracket)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { throw .url(reason: "its host cannot be read") }
            port = behind.isEmpty ? nil : behind.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host != "[]" else { throw .url(reason: "it names no host") }
        guard let port else { return }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0 else {
            throw .url(reason: "its port is \(port.isEmpty ? "missing" : "no number from 1 to 65535")")
        }
    }
}
