/// The check of a base address: `http` or `https`, a host, perhaps a port and a path; nothing that may hold a secret.
enum URLText {
    /// The address without its trailing slashes.
    static func base(_ text: String, allowed: String) throws(Refusal) -> String {
        let refusal = Refusal(advice: "give \(allowed)")
        let scalars = text.unicodeScalars
        guard !scalars.contains(where: { $0.properties.isWhitespace || $0 == "\\" || $0 == "<" || $0 == "\"" }) else {
            throw refusal
        }
        guard !text.contains("?"), !text.contains("#") else {
            throw Refusal(advice: "give the base address only, without ? and #")
        }
        let rest = try afterScheme(text, or: refusal)
        // Anywhere, since a slash in a password would hide it in the path.
        guard !rest.contains("@") else {
            throw Refusal(advice: "give it without user and password, which belong into the token")
        }
        guard isHostAndPort(rest.prefix { $0 != "/" }) else { throw refusal }
        var address = text[...]
        while address.last == "/" { address.removeLast() }
        return String(address)
    }

    /// What a message may show of an address: never user, password or query, wherever the mistake in it is.
    static func shown(_ text: String) -> String {
        let query = text.firstIndex { $0 == "?" || $0 == "#" }
        guard let at = text.lastIndex(of: "@") else {
            return query.map { text[...$0] + "…" } ?? text
        }
        let start = text.range(of: "://", before: at) ?? text.startIndex
        // With both, the password may hold the mark, or the query the @: what is behind the scheme is not shown at all.
        guard query == nil else { return text[..<start] + "…" }
        return text[..<start] + "…" + text[at...]
    }

    private static func afterScheme(_ text: String, or refusal: Refusal) throws(Refusal) -> Substring {
        let lower = text.lowercased()
        for scheme in ["http://", "https://"] where lower.hasPrefix(scheme) {
            return text.dropFirst(scheme.count)
        }
        guard !text.contains("://") else { throw refusal }
        throw Refusal(advice: "begin it with http:// or https://")
    }

    private static func isHostAndPort(_ authority: Substring) -> Bool {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return false }
            host = authority[...end].dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.".contains($0) }) else { return false }
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return false }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        return !host.isEmpty && !host.contains("[") && (port.map(isPort) ?? true)
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.allSatisfy({ $0 >= "0" && $0 <= "9" }), let port = Int(text) else { return false }
        return (1...65_535).contains(port)
    }
}

extension String {
    /// The place behind the first `mark` that ends before `limit`.
    fileprivate func range(of mark: String, before limit: Index) -> Index? {
        var rest = self[..<limit]
        while !rest.isEmpty {
            if rest.hasPrefix(mark) { return index(rest.startIndex, offsetBy: mark.count) }
            rest.removeFirst()
        }
        return nil
    }
}
