import TestKit
import Testing

@testable import InfluxWriter

@Suite("InfluxDB: recorded answers of a real server", .requiresSharedFacts)
struct InfluxDBRecordedTests {
    private static let file = "influxdb2/write.json"

    @Test("every answer of InfluxDB 2.7.12 to a write becomes the right reply")
    func influx2() throws {
        let recorded = try RecordedWrite.all(Self.file)
        let readBacks = try RecordedExchange.all(Self.file).filter(RecordedWrite.isReadBack).count
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

        print(
            "InfluxDB 2.7.12: \(recorded.count) recorded writes became a reply, \(namedLines) lines named; "
                + "\(readBacks) read-backs beside them")
        #expect(recorded.count == 172)
        #expect(readBacks == 135)
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
        case 500: return "failed"
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
            ("ten conflicts on three fields", "partial 0"), ("gzip truncated", "failed"),
        ])
    func singleCases(name: String, expected: String) throws {
        let write = try RecordedWrite.named(name, in: Self.file)

        #expect(kind(of: try write.reply()) == expected)
    }

    @Test(
        "how many points were dropped is told, wherever the server's words hold it",
        arguments: [
            ("outside retention", 2), ("ten conflicts on three fields", 10), ("type conflict, middle line", 2),
            ("outside retention and type conflict", 1),
        ])
    func dropped(name: String, expected: Int) throws {
        let write = try RecordedWrite.named(name, in: Self.file)

        #expect(
            // It names none of them, and counts one shard.
            refusedCount(of: try write.reply()) == RefusedCount(lines: expected, isAtLeast: true))
    }
}
