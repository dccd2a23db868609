import CoinlineCompression
import Foundation
import TestKit

/// Makes anew what the recording of the write cases only described or cut, where its rule is plain.
enum RecordedBodies {
    /// 2026-01-01, the time of most lines.
    private static let time: Int64 = 1_767_225_600_000_000_000

    /// The body of a request as it was sent. Throws where what is made is not what was kept of it.
    static func whole(_ exchange: RecordedExchange) throws -> [UInt8] {
        if let whole = exchange.requestBody.whole { return whole }
        guard let kept = exchange.requestBody.kept else { return try manyLines() }
        let body: [UInt8] =
            if exchange.name.hasPrefix("gzip") {
                try damagedGzip(exchange.name, like: kept.start)
            } else if exchange.name == "300 bad lines" {
                Array((0..<300).map { "b6 v\($0)= \(time)\n" }.joined().utf8)
            } else {
                try refilled(exchange)
            }
        try check(body, exchange)
        return body
    }

    /// Whether `body` is the one that was cut.
    static func isWhole(_ body: [UInt8], of recorded: RecordedExchange.Body, isBase64: Bool = false) -> Bool {
        guard let kept = recorded.kept else { return body == recorded.whole }
        let text = isBase64 ? Data(body).base64EncodedString() : String(decoding: body, as: UTF8.self)
        return text.utf8.count == recorded.shortenedFrom && text.hasPrefix(kept.start) && text.hasSuffix(kept.end)
    }

    private static func check(_ body: [UInt8], _ exchange: RecordedExchange) throws {
        guard isWhole(body, of: exchange.requestBody, isBase64: exchange.name.hasPrefix("gzip")) else {
            throw TestKitError("the body of \"\(exchange.name)\" cannot be made anew")
        }
    }

    private static func refilled(_ exchange: RecordedExchange) throws -> [UInt8] {
        guard let body = exchange.requestBody.refilled else {
            throw TestKitError("the body of \"\(exchange.name)\" was not cut within a run of one character")
        }
        return body
    }

    /// Two thousand lines, compressed as Python does it at its best level, and then damaged.
    private static func damagedGzip(_ name: String, like start: String) throws -> [UInt8] {
        let lines = (Int64(0)..<2_000).map { "w5 v=\($0) \(time + $0)\n" }.joined()
        var gzip = try Gzip(level: 9)
        var body = try gzip.compress(Array(lines.utf8))
        // The time and the system that a header tells.
        guard let header = Data(base64Encoded: String(start.prefix(16))) else { throw TestKitError("no header") }
        body.replaceSubrange(4..<10, with: header[4..<10])
        switch name {
        case "gzip header destroyed": body[0] = 0
        case "gzip truncated": body.removeSubrange((body.count / 2)...)
        case "gzip checksum wrong": body[body.count - 8] ^= 1
        case "gzip bit flipped in the middle": body[body.count / 2] ^= 1
        default: throw TestKitError("no rule for \"\(name)\"")
        }
        return body
    }

    /// One million, which is more than 30 MB; under a sanitizer a tenth, since there each costs many times as much.
    static let manyLinesCount: Int64 = {
        let lane = ProcessInfo.processInfo.environment["COINLINE_LANE"] ?? "plain"
        return lane == "plain" ? 1_000_000 : 100_000
    }()

    /// Compressed.
    private static func manyLines() throws -> [UInt8] {
        var gzip = try Gzip(level: 1)
        var body: [UInt8] = []
        try gzip.begin()
        for start in stride(from: 0, to: manyLinesCount, by: 10_000) {
            var lines: [UInt8] = []
            for index in start..<(start + 10_000) { lines += "big,k=\(index % 10) v=\(index) \(time + index)\n".utf8 }
            try gzip.append(lines, to: &body)
        }
        try gzip.finish(to: &body)
        return body
    }
}
