import Foundation

/// An HTTP answer as it came, taken apart.
public struct RawAnswer: Sendable {
    public let status: Int
    /// `HTTP/1.1 200 OK`
    public let statusLine: String
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// False when the connection ended before the body did.
    public let isComplete: Bool

    public var text: String { String(decoding: body, as: UTF8.self) }

    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Reads answers from a connection, one after the other.
public final class RawAnswerReader {
    private let connection: RawConnection
    private var bytes: [UInt8] = []

    public init(_ connection: RawConnection) {
        self.connection = connection
    }

    /// The next answer, or nil when the connection ended before one began. Interim answers (100) are answers as well.
    public func next(isHeadOnly: Bool = false) throws -> RawAnswer? {
        guard let head = try readHead() else { return nil }
        let lines = head.components(separatedBy: "\r\n")
        let parts = lines[0].split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, let status = Int(parts[1]) else { throw TestKitError("no status line: \(lines[0])") }
        let headers: [(name: String, value: String)] = lines.dropFirst().map { line in
            let field = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(field[0]), field.count == 2 ? field[1].trimmingCharacters(in: .whitespaces) : "")
        }
        func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        var (body, isComplete): ([UInt8], Bool) = ([], true)
        if isHeadOnly || status < 200 || status == 204 || status == 304 {
        } else if value("transfer-encoding")?.lowercased() == "chunked" {
            (body, isComplete) = try readChunks()
        } else if let length = value("content-length").flatMap({ Int($0) }) {
            body = try read(length)
            isComplete = body.count == length
        } else {
            body = try readAll()
        }
        return RawAnswer(status: status, statusLine: lines[0], headers: headers, body: body, isComplete: isComplete)
    }

    /// What came and belongs to no answer yet, then up to `count` bytes in all; fewer at the end of the connection.
    public func read(_ count: Int) throws -> [UInt8] {
        while bytes.count < count, try more() {}
        let taken = Array(bytes.prefix(count))
        bytes.removeFirst(taken.count)
        return taken
    }

    private func readAll() throws -> [UInt8] {
        while try more() {}
        defer { bytes = [] }
        return bytes
    }

    private func readHead() throws -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = bytes.firstRange(of: end) {
                let head = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
                bytes.removeSubrange(..<range.upperBound)
                return head
            }
            if try !more() {
                guard bytes.isEmpty else { throw TestKitError("the connection ended within a head") }
                return nil
            }
        }
    }

    private func readChunks() throws -> (body: [UInt8], isComplete: Bool) {
        var body: [UInt8] = []
        while let line = try readLine() {
            guard let count = Int(line, radix: 16) else { throw TestKitError("no chunk size: \(line)") }
            let chunk = try read(count)
            body += chunk
            guard chunk.count == count, try readLine() == "" else { return (body, false) }
            if count == 0 { return (body, true) }
        }
        return (body, false)
    }

    private func readLine() throws -> String? {
        while true {
            if let range = bytes.firstRange(of: [0x0D, 0x0A]) {
                let line = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
                bytes.removeSubrange(..<range.upperBound)
                return line
            }
            if try !more() { return nil }
        }
    }

    private func more() throws -> Bool {
        let next = try connection.receive()
        bytes += next
        return !next.isEmpty
    }
}
