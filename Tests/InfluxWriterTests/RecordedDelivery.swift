import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import LineProtocol
import TestKit

@testable import InfluxWriter

/// A recorded write with its body made whole again, its lines, and what a query behind it showed.
struct RecordedDelivery {
    struct Line {
        let number: Int
        let text: String
        /// By strict line protocol.
        let isReadable: Bool
        let cells: [Cell]
    }

    /// One field of one point, as the server stores it.
    struct Cell: Hashable {
        let measurement: String
        let tags: [String: String]
        let field: String
        let value: FieldValue
        var time: Int64?
    }

    /// What a query found, of which some leave out the times.
    struct Stored {
        let cells: Set<Cell>
        let hasTimes: Bool

        func holds(_ cell: Cell) -> Bool {
            var cell = cell
            if !hasTimes { cell.time = nil }
            return cells.contains(cell)
        }
    }

    let exchange: RecordedExchange
    /// As delivered: gzip. Nil where the recording only describes it.
    let body: [UInt8]?
    let lines: [Line]
    let readBack: Stored?

    var name: String { exchange.name }
    /// Whether the stored bytes are at fault, which verifying finds.
    let isDamaged: Bool

    init(_ exchange: RecordedExchange, readBack: RecordedExchange?) throws {
        self.exchange = exchange
        let sent = try Self.wholeBody(exchange)
        let isGzip = ["gzip", "x-gzip"].contains(exchange.requestHeader("Content-Encoding") ?? "")
        if isGzip {
            body = sent
        } else {
            var gzip = try Gzip()
            body = try sent.map { try gzip.compress($0) }
        }
        let raw = body.flatMap { try? Gunzip.decompress($0, outputBytesMax: 64 << 20) }
        isDamaged = raw == nil
        lines = raw.map { Self.lines(of: $0, precision: Self.precision(exchange.path)) } ?? []
        self.readBack = try readBack.map { exchange in
            Stored(
                cells: try Self.cells(exchange),
                hasTimes: !exchange.requestBody.text.contains("drop(columns:[\\\"_time\\\""))
        }
    }

    /// The bucket of nearly all cases; the other one keeps its points for an hour.
    var isEndless: Bool { exchange.path.contains("crypto_data") }

    /// How often the answer names a line.
    static func namedLines(in exchange: RecordedExchange) -> Int {
        guard exchange.status == 400 else { return 0 }
        let body = exchange.responseBody
        return String(decoding: body.whole ?? rejoined(body) ?? [], as: UTF8.self).ranges(of: "unable to parse '").count
    }

    func reply() throws -> Reply {
        let body = exchange.responseBody
        let whole = body.whole ?? Self.rejoined(body) ?? []
        let cap = WriteRequests.answerBytesMax
        let answer = WriteReply.Answer(
            status: exchange.status, headers: exchange.responseHeaders, body: Array(whole.prefix(cap)),
            isBodyCut: whole.count > cap)
        let api: InfluxDB.API = exchange.path.hasPrefix("/api/v2/") ? .v2 : .v1
        let context = WriteReply.Context(
            requests: try WriteRequests(influxConfiguration(api: api)), bucket: Bucket("crypto_data"),
            now: UTCTime(seconds: 0))
        return WriteReply.reply(to: answer, context, delivered: self.body)
    }

    static func lines(of raw: [UInt8], precision: Precision) -> [Line] {
        var lines: [Line] = []
        ServerLines.forEachLine(in: raw) { line in
            let point = LineReading.point(raw, line.bytes, precision)
            let isReadable = point.map(isTaken) ?? false
            lines.append(
                Line(
                    number: line.number, text: String(decoding: raw[line.bytes], as: UTF8.self), isReadable: isReadable,
                    cells: point.map(cells) ?? []))
        }
        return lines
    }

    /// What strict line protocol leaves to the encoder: names that a server keeps for itself, tags twice, a key's
    /// length.
    private static func isTaken(_ point: Point) -> Bool {
        let keys = point.tags.map(\.key)
        return Set(keys).count == keys.count && !keys.contains { ["time", "_field", "_measurement"].contains($0) }
            && point.tags.reduce(point.measurement.utf8.count) { $0 + $1.key.utf8.count + $1.value.utf8.count + 2 }
                < 65_535
    }

    /// The query's CSV leaves carriage returns out.
    private static func cells(_ point: Point) -> [Cell] {
        point.fields.map { field in
            var value = field.value
            if case .string(let text) = value {
                value = .string(String(decoding: text.utf8.filter { $0 != 13 }, as: UTF8.self))
            }
            return Cell(
                measurement: point.measurement, tags: Dictionary(point.tags.map { ($0.key, $0.value) }) { $1 },
                field: field.key, value: value, time: point.time?.nanoseconds)
        }
    }

    private static func cells(_ exchange: RecordedExchange) throws -> Set<Cell> {
        var cells: Set<Cell> = []
        guard let csv = exchange.responseBody.whole else { return [] }
        for table in try FluxReader.tables(in: csv) {
            for row in table.rows {
                let values = Dictionary(zip(table.columns.map(\.name), row)) { $1 }
                guard case .string(let measurement)? = values["_measurement"],
                    case .string(let field)? = values["_field"],
                    let value = values["_value"].flatMap(fieldValue)
                else { throw TestKitError("\(exchange.name): a row without a value") }
                let time: Int64? = if case .time(let time)? = values["_time"] { time.nanoseconds } else { nil }
                let tags = values.filter {
                    !["_measurement", "_field", "_value", "_time", "_start", "_stop"].contains($0.key)
                }
                cells.insert(
                    Cell(
                        measurement: measurement,
                        tags: tags.compactMapValues { if case .string(let text) = $0 { text } else { nil } },
                        field: field, value: value, time: time))
            }
        }
        return cells
    }

    private static func fieldValue(_ value: FluxValue) -> FieldValue? {
        switch value {
        case .string(let text): .string(text)
        case .long(let number): .integer(number)
        case .unsignedLong(let number): .unsigned(number)
        case .double(let number): .float(number)
        case .boolean(let isTrue): .boolean(isTrue)
        case .null, .time, .duration, .bytes: nil
        }
    }

    private static func precision(_ path: String) -> Precision {
        // Over the 1.x path what is not known means nanoseconds.
        for precision in Precision.allCases where path.hasSuffix("precision=\(precision.rawValue)") { return precision }
        for precision in Precision.allCases where path.contains("precision=\(precision.rawValue)&") { return precision }
        return .nanoseconds
    }

    /// Of a body that was cut: anew by its plain rule. A cut gzip stays cut, which is damaged as it was.
    private static func wholeBody(_ exchange: RecordedExchange) throws -> [UInt8]? {
        let body = exchange.requestBody
        if let whole = body.whole { return whole }
        if exchange.name == "300 bad lines" {
            return Array((0..<300).map { "b6 v\($0)= 1767225600000000000\n" }.joined().utf8)
        }
        return exchange.name.hasPrefix("gzip") ? Array("no gzip".utf8) : rejoined(body)
    }

    /// What was cut out of a run of one character.
    private static func rejoined(_ body: RecordedExchange.Body) -> [UInt8]? {
        guard let kept = body.kept, let length = body.shortenedFrom, let last = kept.start.utf8.last else { return nil }
        if last != kept.end.utf8.first { return rejoinedLines(kept, length) }
        let count = length - kept.start.utf8.count - kept.end.utf8.count
        return Array(kept.start.utf8) + [UInt8](repeating: last, count: count) + Array(kept.end.utf8)
    }

    /// The answer to 300 bad lines.
    private static func rejoinedLines(_ kept: (start: String, end: String), _ length: Int) -> [UInt8]? {
        let entries = (0..<300).map { "unable to parse 'b6 v\($0)= 1767225600000000000': missing field value" }
        let text = "{\"code\":\"invalid\",\"message\":\"\(entries.joined(separator: "\\n"))\"}"
        return text.utf8.count == length && text.hasPrefix(kept.start) && text.hasSuffix(kept.end)
            ? Array(text.utf8) : nil
    }
}
