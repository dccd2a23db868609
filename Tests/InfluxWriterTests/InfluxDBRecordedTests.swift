import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

/// One recorded request to a real server and what it answered.
private struct RecordedWrite {
    let name: String
    let path: String
    let status: Int
    let answer: WriteReply.Answer
    /// As it would be delivered: gzip. nil when the recording holds only a part of it.
    let delivered: [UInt8]?

    init(_ cursor: JSONCursor) throws {
        name = try cursor.member("name")?.string() ?? ""
        let request = try #require(try cursor.member("request"))
        let response = try #require(try cursor.member("response"))
        path = try request.member("path")?.string() ?? ""
        status = Int(try response.member("status")?.int64() ?? 0)
        let headers = try response.member("headers")?.members() ?? []
        let body = try Self.body(of: response) ?? []
        let cap = WriteRequests.answerBytesMax
        answer = WriteReply.Answer(
            status: status, headers: try headers.map { ($0.name, try $0.value.string()) },
            body: Array(body.prefix(cap)),
            isBodyCut: body.count > cap)
        let sent = try Self.body(of: request)
        let encoding = try request.member("headers")?.member("Content-Encoding")?.string()
        if encoding == "gzip" {
            delivered = sent
        } else {
            var gzip = try Gzip()
            delivered = try sent.map { try gzip.compress($0) }
        }
    }

    var api: InfluxDB.API { path.hasPrefix("/api/v2/") ? .v2 : .v1 }

    var isWrite: Bool { path.hasPrefix("/api/v2/write?") || path.hasPrefix("/write?") }

    private static func body(of part: JSONCursor) throws -> [UInt8]? {
        guard let body = try part.member("body"), try body.member("shortened_from") == nil else { return nil }
        if let text = try body.member("text")?.string() { return Array(text.utf8) }
        guard let base64 = try body.member("base64")?.string() else { return nil }
        return Data(base64Encoded: base64).map { [UInt8]($0) }
    }

    func reply() throws -> Reply {
        let configuration = influxConfiguration(api: api)
        let context = WriteReply.Context(
            requests: try WriteRequests(configuration), bucket: Bucket("crypto_data"), now: UTCTime(seconds: 0))
        return WriteReply.reply(to: answer, context, delivered: delivered)
    }

    static func all(_ file: String) throws -> [RecordedWrite] {
        try JSONCursor(SharedFacts.file(file)).elements().map { try RecordedWrite($0) }
            .filter { !$0.name.hasSuffix(" / stored") }
    }
}

@Suite("InfluxDB: recorded answers of real servers", .requiresSharedFacts)
struct InfluxDBRecordedTests {
    @Test("every answer of InfluxDB 2.7.12 to a write becomes the right reply")
    func influx2() throws {
        let recorded = try RecordedWrite.all("recorded/influxdb2/write.json").filter { $0.isWrite }
        var namedLines = 0

        for write in recorded {
            let reply = try write.reply()
            #expect(kind(of: reply).prefix { $0 != " " } == Self.expectedKind(write), "\(write.name): \(reply)")
            guard case .rejected(let lines, _) = reply, let delivered = write.delivered else { continue }
            namedLines += lines.count
            // What the server names it names as it was sent, so each is found again. A body that was deflated but not
            // called so is binary to the server.
            if write.name != "deflate encoding named", write.name != "form: crlf line ends" || !lines.isEmpty {
                #expect(lines.allSatisfy { $0.number != nil }, "\(write.name): \(lines)")
            }
            #expect(!delivered.isEmpty)
        }

        print("InfluxDB 2.7.12: \(recorded.count) recorded writes, \(namedLines) lines named")
        #expect(recorded.count >= 165)
    }

    /// From the status and the server's words alone, apart from how the code under test reads them.
    private static func expectedKind(_ write: RecordedWrite) -> String {
        let body = String(decoding: write.answer.body, as: UTF8.self)
        switch write.status {
        case 204: return "acknowledged"
        case 400 where body.contains("either orgID or org"), 400 where body.contains("missing db"), 404: return "no"
        case 400 where body.contains("invalid precision"): return "unexpected"
        case 400: return "rejected"
        case 401: return "unauthorized"
        case 403: return "forbidden"
        case 422: return "partial"
        case 500: return "unavailable"
        default: return "unexpected"
        }
    }

    @Test(
        "what is missing is named",
        arguments: [
            ("unknown org", "no organization"), ("unknown bucket", "no bucket"), ("no bucket", "no bucket"),
            ("empty bucket", "no bucket"), ("no org", "no organization"), ("1.x write unknown db", "no database"),
            ("1.x write no db", "no database"), ("write token, unknown org", "no organization"),
            ("unknown path", "no path"),
            ("three bad lines of five", "rejected 3"), ("bad line: unclosed string", "rejected 1"),
            ("bad line holding quotes and newline in a string", "rejected 1"), ("inactive token", "forbidden"),
            ("ten conflicts on three fields", "partial 0"), ("gzip truncated", "unavailable"),
        ])
    func singleCases(name: String, expected: String) throws {
        let write = try #require(try RecordedWrite.all("recorded/influxdb2/write.json").first { $0.name == name })

        #expect(kind(of: try write.reply()) == expected)
    }

    @Test(
        "how many points were dropped is told, wherever the server's words hold it",
        arguments: [
            ("outside retention", 2), ("ten conflicts on three fields", 10), ("type conflict, middle line", 2),
            ("outside retention and type conflict", 1),
        ])
    func dropped(name: String, expected: Int) throws {
        let write = try #require(try RecordedWrite.all("recorded/influxdb2/write.json").first { $0.name == name })

        #expect(
            // It names none of them, and counts one shard.
            refusedCount(of: try write.reply()) == RefusedCount(lines: expected, isAtLeast: true))
    }

    @Test("every answer of VictoriaMetrics 1.150.0 to a write becomes the right reply")
    func victoriaMetrics() throws {
        let recorded = try RecordedWrite.all("recorded/victoriametrics/write.json").filter { $0.isWrite }

        for write in recorded {
            let reply = try write.reply()
            let isNamed = String(decoding: write.answer.body, as: UTF8.self).contains("incorrect influx line")
            let expected = write.status == 204 ? "acknowledged" : isNamed ? "rejected 1" : "rejected 0"
            #expect(kind(of: reply) == expected, "\(write.name): \(reply)")
            if case .rejected(let lines, _) = reply, let line = lines.first, write.name != "newline in string" {
                #expect(line.number != nil, "\(write.name)")
            }
        }

        print("VictoriaMetrics 1.150.0: \(recorded.count) recorded writes")
        #expect(recorded.count >= 40)
    }
}
