import Foundation

/// One HTTP request over a connection of its own, for talking to test servers.
public struct RawRequest: Sendable {
    public var method: String
    public var url: String
    public var headers: [(name: String, value: String)] = []
    public var body: [UInt8] = []
    public var timeout = Duration.seconds(90)

    /// `url` is `http://host:port/target`.
    public init(_ method: String, _ url: String) {
        (self.method, self.url) = (method, url)
    }

    public func send() async throws -> RawAnswer {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw TestKitError("not an http URL with a port: \(url)")
        }
        let target = url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
        var head = "\(method) \(target.isEmpty ? "/" : target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        head += "Content-Length: \(body.count)\r\n\r\n"
        let bytes = Array(head.utf8) + body
        let numericHost = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return try await onThread { [timeout, method] in
            let connection = try RawConnection(
                port: UInt16(port), host: numericHost == "localhost" ? "127.0.0.1" : numericHost, timeout: timeout)
            try connection.send(bytes)
            guard let answer = try RawAnswerReader(connection).next(isHeadOnly: method == "HEAD") else {
                throw TestKitError("no answer")
            }
            return answer
        }
    }
}

/// Escapes everything but letters, digits and `-._~`, for a query.
public func escaped(_ text: String) -> String {
    text.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            String(UnicodeScalar(byte))
        default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
        }
    }.joined()
}
