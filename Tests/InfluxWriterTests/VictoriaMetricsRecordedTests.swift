import CoinlineCompression
import CoinlineJSON
import HTTPServer
import TestKit
import Testing

@testable import InfluxWriter

/// All that was recorded of a VictoriaMetrics 1.150.0: each answer to a write against ``WriteReply``, and each line
/// against what the dialect makes of it.
@Suite("VictoriaMetrics: recorded answers of a real server", .requiresSharedFacts)
struct VictoriaMetricsRecordedTests {
    private static let file = "victoriametrics/write.json"

    /// What becomes of a line that was recorded when the program is to send it.
    private enum Fate: Equatable {
        /// It is sent, and every value is stored as it is sent, but for those in ``changed``.
        case sent
        /// The parser or the encoder refuses it, with this reason in its words.
        case refused(String)
        /// It is sent with the time of the call.
        case timed
    }

    /// The fate of the lines of each case that are not all sent, in their order.
    private static let fates: [String: [Fate]] = [
        "no timestamp": [.timed],
        "timestamp zero": [.refused("outside the range that the server takes")],
        "before 1970": [.refused("outside the range that the server takes")],
        "bad line in the middle": [.sent, .refused("has no value"), .sent],
        "no fields": [.sent, .refused("expected a tag or a space and a field"), .sent],
        "NaN and Inf": [.refused("neither a number")],
        "newline in string": [.refused("control byte 0x0A"), .sent],
        "empty tag value": [.refused("has no value")],
        "two backslashes in tag": [.refused("has a backslash before")],
        "duplicate field": [.refused("appears twice")],
        "duplicate tag": [.refused("appears twice")],
        "tag named __name__": [.refused("reserved name")],
        "hundred kilobyte tag": [.refused("at most 4096 are allowed")],
    ]

    /// Cases whose body is no gzip: no batch is ever sealed so.
    private static let unreadable = [
        "gzip truncated", "gzip header destroyed", "gzip checksum wrong", "gzip plain sent",
    ]

    /// Every value that is known to be stored otherwise than it is sent: the case, the metric, what is stored.
    private static let changed: [String: [String: Double]] = [
        // Everything is a float of 64 bits.
        "integer above 2^53": ["m19_v": 9_007_199_254_740_992],
        // And is kept as a decimal number of at most 17 digits or so: the recording shows 18446744073709548000.
        "unsigned": ["m20_v": 18_446_744_073_709_547_520],
        "boolean": ["m18_v": 1, "m18_w": 0],
        "string value": ["m16_v": 0],
        "numeric string": ["m17_v": 12.5],
        "string of 300 kB": ["m38_v": 0],
    ]

    // MARK: The recording

    private struct Case {
        let write: RecordedExchange
        let stored: RecordedExchange
    }

    private struct Sample: Hashable {
        let metric: String
        let labels: [String: String]
        let milliseconds: Int64
        let value: Double
    }

    private func cases() throws -> (setup: [RecordedExchange], pairs: [Case]) {
        let all = try RecordedExchange.all(Self.file)
        let isSetup = { (exchange: RecordedExchange) in
            exchange.method == "GET" && !RecordedWrite.isReadBack(exchange)
        }
        let rest = all.filter { !isSetup($0) }
        let pairs = try stride(from: 0, to: rest.count, by: 2).map { index in
            let stored = try #require(rest.dropFirst(index + 1).first)
            try #require(stored.name == rest[index].name + " / stored")
            return Case(write: rest[index], stored: stored)
        }
        return (all.filter(isSetup), pairs)
    }

    /// The lines of a body with the reason why the parser refuses one. Nil for a body that cannot be read at all.
    private func lines(of write: RecordedExchange) throws -> [Result<Point, LineParsingError>]? {
        var parser = LineParser(try body(of: write) ?? [], precision: precision(of: write))
        guard try body(of: write) != nil else { return nil }
        var lines: [Result<Point, LineParsingError>] = []
        while true {
            do {
                guard let line = try parser.next() else { return lines }
                lines.append(.success(line.point))
            } catch {
                lines.append(.failure(error))
            }
        }
    }

    private func body(of write: RecordedExchange) throws -> [UInt8]? {
        guard !Self.unreadable.contains(write.name) else { return nil }
        let bytes = try #require(write.requestBody.refilled)
        if write.requestHeader("Content-Encoding") == "gzip" {
            return try Gunzip.decompress(bytes, outputBytesMax: 1 << 20)
        }
        return bytes
    }

    private func precision(of write: RecordedExchange) -> Precision {
        // Without one the server guesses by size, and so does nobody here.
        if write.name == "no precision, milliseconds sent" { return .milliseconds }
        let unit = write.path.split(separator: "&").first { $0.contains("precision=") }?.split(separator: "=").last
        return unit.flatMap { Precision(rawValue: String($0)) } ?? .nanoseconds
    }

    private func samples(_ export: RecordedExchange) throws -> [Sample] {
        try export.responseBody.text.split(separator: "\n").flatMap { line in
            let series = try JSONCursor(Array(line.utf8))
            var labels: [String: String] = [:]
            for member in try #require(try series.member("metric")).members() {
                labels[member.name] = try member.value.string()
            }
            let metric = labels.removeValue(forKey: "__name__") ?? ""
            let values = try #require(try series.member("values")).elements().map { value in
                value.kind == .string ? Double.infinity : try value.double()
            }
            let times = try #require(try series.member("timestamps")).elements().map { try $0.int64() }
            return zip(values, times).map {
                Sample(metric: metric, labels: labels, milliseconds: $1, value: $0)
            }
        }
    }

    // MARK: What the dialect sends

    /// The line as it is sent, read again as a point. Throws where it is refused.
    private func sent(_ point: Point, dialect: Dialect = .victoriaMetrics) throws -> Point {
        var encoder = LineEncoder(precision: .nanoseconds, dialect: dialect)
        try encoder.append(point)
        var parser = LineParser(encoder.copyBytes())
        return try #require(try parser.next()).point
    }

    private func fate(of line: Result<Point, LineParsingError>) -> (Fate, Point?) {
        do {
            let point = try sent(try line.get())
            return (point.time == nil ? .timed : .sent, point)
        } catch {
            return (.refused("\(error)"), nil)
        }
    }

    /// What the server makes of a point, by the recording: `measurement_field`, tags as labels, milliseconds.
    private func expectedSamples(_ point: Point, in write: RecordedExchange) -> [Sample] {
        var labels = Dictionary(point.tags.map { ($0.key, $0.value) }) { $1 }
        if write.path.hasPrefix("/write?db=crypto") { labels["db"] = "crypto" }
        return point.fields.map { field in
            let metric = "\(point.measurement)_\(field.key)"
            let value =
                Self.changed[write.name]?[metric]
                ?? {
                    switch field.value {
                    case .float(let value): value
                    case .integer(let value): Double(exactly: value) ?? .nan
                    case .unsigned(let value): Double(exactly: value) ?? .nan
                    case .boolean, .string: .nan
                    }
                }()
            let milliseconds = (point.time?.nanoseconds ?? 0) / 1_000_000
            return Sample(metric: metric, labels: labels, milliseconds: milliseconds, value: value)
        }
    }

    // MARK: Tests

    @Test("the recording is counted: 95 cases, of which each is looked at below")
    func count() throws {
        let (setup, pairs) = try cases()

        print(
            "VictoriaMetrics 1.150.0: \(setup.count + 2 * pairs.count) recorded cases: \(pairs.count) writes, "
                + "\(pairs.count) read-backs, \(setup.count) others")
        #expect(
            setup.map(\.name)
                == ["/health", "/ping", "/api/v2/setup", "/-/ready", "/api/v2/buckets"].map { "GET " + $0 })
        #expect(setup.count + 2 * pairs.count == 95)
        #expect(pairs.count == 45)
    }

    @Test("every answer to a write becomes the right reply")
    func replies() throws {
        for pair in try cases().pairs {
            let write = try RecordedWrite(pair.write)
            let reply = try write.reply()
            let isNamed = write.exchange.responseBody.text.contains("incorrect influx line")
            let expected = write.status == 204 ? "acknowledged" : isNamed ? "rejected 1" : "rejected 0"
            #expect(kind(of: reply) == expected, "\(write.name): \(reply)")
            if case .rejected(let lines, _) = reply, let line = lines.first, write.name != "newline in string" {
                #expect(line.number != nil, "\(write.name)")
            }
            // Nothing of a refused batch is stored.
            if write.status != 204 { #expect(try samples(pair.stored).isEmpty, "\(write.name)") }
        }
    }

    @Test("every recorded line is refused, or stored as it is sent but for the changes that are listed")
    func lines() throws {
        var counts = (sent: 0, refused: 0, timed: 0)
        for pair in try cases().pairs {
            guard let lines = try lines(of: pair.write) else {
                #expect(pair.write.status == 400, "\(pair.write.name)")
                continue
            }
            let expected = Self.fates[pair.write.name] ?? lines.map { _ in .sent }
            try #require(lines.count == expected.count, "\(pair.write.name): \(lines)")
            var wanted: [Sample] = []
            for (line, expected) in zip(lines, expected) {
                let (fate, point) = fate(of: line)
                switch (fate, expected) {
                case (.sent, .sent):
                    counts.sent += 1
                    let point = try #require(point)
                    // What is sent is the recorded point, whatever its form.
                    #expect(try point == line.get(), "\(pair.write.name)")
                    wanted += expectedSamples(point, in: pair.write)
                case (.timed, .timed): counts.timed += 1
                case (.refused(let text), .refused(let reason)):
                    counts.refused += 1
                    #expect(text.contains(reason), "\(pair.write.name): \(text)")
                default: Issue.record("\(pair.write.name): \(fate), not \(expected)")
                }
            }
            if expected.allSatisfy({ $0 == .sent }) {
                #expect(sorted(wanted) == sorted(try samples(pair.stored)), "\(pair.write.name)")
            }
        }
        print("VictoriaMetrics: \(counts.sent) recorded lines sent, \(counts.refused) refused, \(counts.timed) timed")
        #expect(counts.sent > 30 && counts.refused == 12 && counts.timed == 1)
    }

    /// Every copy of a point is kept, so as a list and not as a set.
    private func sorted(_ samples: [Sample]) -> [String] {
        samples.map { sample in
            let labels = sample.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "\(sample.metric) \(labels) \(sample.milliseconds) \(sample.value)"
        }.sorted()
    }

    @Test("every listed change is one: the value would be sent otherwise, and the recording holds what is listed")
    func changes() throws {
        for pair in try cases().pairs {
            guard let changed = Self.changed[pair.write.name] else { continue }
            let points = try #require(try lines(of: pair.write)).map { try $0.get() }
            let stored = try samples(pair.stored)
            for (metric, value) in changed {
                #expect(stored.contains { $0.metric == metric && $0.value == value }, "\(metric)")
                let field = points.flatMap(\.fields).first { metric.hasSuffix("_\($0.key)") }
                switch try #require(field).value {
                case .float(let sent): #expect(sent != value)
                case .integer(let sent): #expect(Int64(exactly: value) != sent)
                case .unsigned(let sent): #expect(UInt64(exactly: value) != sent)
                case .boolean, .string: break
                }
            }
        }
        let names = Set(try cases().pairs.map(\.write.name))
        #expect(Set(Self.changed.keys).union(Self.fates.keys).union(Self.unreadable).isSubset(of: names))
    }

    @Test("InfluxDB's dialects would send what this server drops or changes without a word")
    func otherDialects() throws {
        for name in ["timestamp zero", "before 1970", "two backslashes in tag"] {
            let write = try #require(try cases().pairs.first { $0.write.name == name }).write
            let point = try #require(try lines(of: write)?.first).get()
            #expect(try sent(point, dialect: .influx2) == point)
            #expect(throws: LineEncodingError.self) { () throws in try sent(point) }
        }
    }

    @Test("a check finds a server that takes anything, a ping its presence, and InfluxDB 3 is not spoken there")
    func check() async throws {
        let (setup, pairs) = try cases()
        let ping = try #require(setup.first { $0.path == "/ping" })
        let empty = try #require(pairs.first { $0.write.name == "empty body" }).write
        let unknown = try #require(setup.first { $0.path == "/api/v2/setup" })
        let server = try ScriptedServer { seen in
            let recorded = seen.method == "GET" ? ping : seen.target.hasPrefix("/api/v3/") ? unknown : empty
            return ServerResponse(recorded.status, body: .bytes(recorded.responseBody.bytes ?? []))
        }

        for (api, expected) in [(InfluxDB.API.v1, "unproved"), (.v2, "unproved"), (.v3, "no path")] {
            let influx = try InfluxDB(influxConfiguration(server.url, api: api))
            #expect(kind(of: await influx.check(Bucket("any"))) == expected)
            #expect(await influx.ping().reply == .acknowledged)
        }
        await server.stop()
    }
}
