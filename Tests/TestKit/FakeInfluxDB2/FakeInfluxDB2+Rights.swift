import CoinlineBase
import HTTPServer

// Who asks, and for what organization and bucket.
extension FakeInfluxDB2.Core {
    typealias Asker = (token: FakeInfluxDB2.Token, isActive: Bool)

    /// `Token …` or `Bearer …`, in any case, one blank between.
    func token(_ request: ServerRequest) throws(InfluxDB2Error) -> Asker {
        let header = request.header("Authorization") ?? ""
        for scheme in ["token ", "bearer "] where header.lowercased().hasPrefix(scheme) {
            return try asker(String(header.dropFirst(scheme.count)))
        }
        throw .unauthorized
    }

    /// The 1.x way: `u` and `p` in the query, `Token` written so, or Basic; the password is a token, the user anybody.
    func tokenOfVersion1(_ request: ServerRequest) throws(InfluxDB2Error) -> Asker {
        if let user = request.query("u"), let password = request.query("p"), !user.isEmpty, !password.isEmpty {
            return try activeAsker(password)
        }
        let parts = (request.header("Authorization") ?? "").split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .unauthorized }
        if parts[0] == "Token" { return try activeAsker(Self.afterColon(String(parts[1])) ?? String(parts[1])) }
        guard parts[0].lowercased() == "basic", let text = Base64.decode(parts[1]),
            let password = Self.afterColon(text)
        else { throw .unauthorized }
        return try activeAsker(password)
    }

    private static func afterColon(_ text: String) -> String? {
        text.firstIndex(of: ":").map { String(text[text.index(after: $0)...]) }
    }

    private func activeAsker(_ text: String) throws(InfluxDB2Error) -> Asker {
        let asker = try asker(text)
        guard asker.isActive else { throw .unauthorized }
        return asker
    }

    private func asker(_ text: String) throws(InfluxDB2Error) -> Asker {
        guard let token = configuration.tokens.first(where: { $0.text == text }) else { throw .unauthorized }
        return (token, !state.withLock { $0.inactiveTokens.contains(text) })
    }

    /// By `org`, a name or an id, or by `orgID`.
    func checkOrganization(_ request: ServerRequest) throws(InfluxDB2Error) {
        if let id = request.query("orgID"), !id.isEmpty {
            guard Self.isID(id) else { throw .invalid("id must have a length of 16 bytes") }
            guard id == configuration.organizationID else { throw .notFound("organization not found") }
            return
        }
        guard let organization = request.query("org"), !organization.isEmpty else {
            throw .invalid("Please provide either orgID or org")
        }
        if organization == configuration.organization || organization == configuration.organizationID { return }
        throw Self.isID(organization)
            ? .notFound("organization not found") : .notFound("organization name \"\(organization)\" not found")
    }

    /// By id first, then by name.
    func bucket(_ text: String) throws(InfluxDB2Error) -> FakeInfluxDB2.Bucket {
        let byID = Self.isID(text) ? configuration.buckets.first { $0.id == text } : nil
        guard let bucket = byID ?? configuration.buckets.first(where: { $0.name == text }) else {
            throw .notFound("bucket \"\(text)\" not found")
        }
        return bucket
    }

    func checkMayWrite(_ asker: Asker, _ bucket: FakeInfluxDB2.Bucket) throws(InfluxDB2Error) {
        guard asker.isActive else { throw .forbidden("insufficient permissions for write: token is inactive") }
        guard asker.token.isOperator || asker.token.writes.contains(bucket.name) else {
            throw .forbidden("insufficient permissions for write")
        }
    }

    private static func isID(_ text: String) -> Bool {
        text.utf8.count == 16 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
}

/// Only what Basic authorization needs.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func decode(_ text: Substring) -> String? {
        var (bytes, buffer, count): ([UInt8], UInt32, Int) = ([], 0, 0)
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            guard let digit = digits.firstIndex(of: byte) else { return nil }
            buffer = buffer << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(count)))
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
