import CoinlineCompression
import LineProtocol
import TestKit
import Testing

/// What a real InfluxDB 2.7.12 took, and gave back as the text says, goes through parser and encoder unchanged.
@Suite("Forms that a real server gave back unchanged")
struct RecordedFormsTests {
    /// Writes that were acknowledged and that the parser refuses, with the reason; the doc comment of `LineParser` says why
    /// it is stricter.
    private static let refused = [
        "bad line: string then text": "'b' after the string of field: text behind a closing quote is part of nothing",
        "bad line: control byte in tag": "control bytes have no place in a name",
        "bad line: nul byte": "control bytes have no place in a name",
        "bad line: invalid utf-8 in tag": "a line is UTF-8",
        "bad line: invalid utf-8 in string": "a line is UTF-8",
        "backslash and newline in a tag": "a newline ends a line, and no other server takes it inside",
    ]

    /// Writes that are read, but whose points the encoder does not write, with its reason.
    private static let unwritable: [String: LineEncodingError.Reason] = [
        "form: field named time": .reserved, "form: underscore names": .reserved, "form: duplicate field": .duplicate,
        "form: escaped equals in measurement": .backslashBefore(0x3D),
    ]

    /// Writes whose points the server did not give back as the text says, or not at all.
    private static let changed = [
        "form: escaped equals in measurement": "acknowledged, and no query finds it",
        "form: field named time": "that field is dropped without a word",
        "form: smallest timestamp": "outside the window of the recorded query",
        "form: largest timestamp": "outside the window of the recorded query",
        "one field, another type in another shard": "a query shows the values of one type only",
        "1.x write precision <u>": "read as nanoseconds by that path",
        "form: string with raw tab and cr": "the CSV of a query leaves out carriage returns",
    ]

    private struct Write {
        let name: String
        let body: [UInt8]
        let precision: Precision
        let stored: Set<StoredValue>
    }

    @Test("every form goes through parser and encoder, or is listed with a reason", .requiresSharedFacts)
    func forms() throws {
        let writes = try acknowledgedWrites()
        var values = 0
        var unchanged = 0
        var (refused, unwritable, changed): (Set<String>, Set<String>, Set<String>) = ([], [], [])
        for write in writes {
            let (lines, errors) = parseAll(write.body, precision: write.precision)
            guard errors.isEmpty else {
                refused.insert(write.name)
                continue
            }
            let kept = stored(lines.map(\.point))
            if !kept.isSubset(of: write.stored) { changed.insert(write.name) }
            values += kept.count
            unchanged += kept.intersection(write.stored).count
            for line in lines where !comesBack(line.point) { unwritable.insert(write.name) }
        }
        print(
            """
            LineProtocol and recorded writes of InfluxDB 2.7.12: \(writes.count) acknowledged and read back, \(values) \
            values, \(unchanged) of them given back as the text says; \(refused.count) writes refused here on purpose, \
            \(unwritable.count) read and not written, \(changed.count) changed by the server
            """)
        #expect(writes.count == 67)
        #expect(unchanged == 87)
        #expect(refused == Set(Self.refused.keys))
        #expect(unwritable == Set(Self.unwritable.keys))
        #expect(changed == Set(Self.changed.keys))
    }

    @Test("what is read and not written is refused for the listed reason", .requiresSharedFacts)
    func unwritableReasons() throws {
        for write in try acknowledgedWrites() {
            guard let reason = Self.unwritable[write.name] else { continue }
            for line in parseAll(write.body, precision: write.precision).lines {
                #expect(refusal(of: line.point)?.reason == reason, "\(write.name)")
            }
        }
    }

    /// Whether the point is written, and read back as it was, floats bit by bit.
    private func comesBack(_ point: Point) -> Bool {
        var encoder = LineEncoder(precision: .nanoseconds)
        guard (try? encoder.append(point)) != nil else { return false }
        let (lines, errors) = parseAll(encoder.take())
        return errors.isEmpty && lines.count == 1 && isSame(lines[0].point, asWritten(point, .nanoseconds))
    }

    /// What a server holds after these points: the last value of each field of a point.
    private func stored(_ points: [Point]) -> Set<StoredValue> {
        var values: [StoredValue.Place: FieldValue] = [:]
        for point in points {
            for field in point.fields { values[StoredValue.Place(point, field)] = field.value }
        }
        return Set(values.map { StoredValue($0.key, $0.value) })
    }

    /// The writes that were answered 204 and whose case is followed by what the server then held.
    private func acknowledgedWrites() throws -> [Write] {
        let exchanges = try RecordedExchange.all("influxdb2/write.json")
        return try zip(exchanges, exchanges.dropFirst()).compactMap { write, read in
            guard write.status == 204, read.name == "\(write.name) / stored" else { return nil }
            // Two of them were cut within a run of one character.
            let body = try #require(write.requestBody.refilled, "\(write.name)")
            let csv = try #require(read.responseBody.refilled, "\(read.name)")
            return Write(
                name: write.name, body: try plain(body, write), precision: precision(write.path),
                stored: try StoredValue.all(inAnnotatedCSV: csv))
        }
    }

    private func plain(_ body: [UInt8], _ write: RecordedExchange) throws -> [UInt8] {
        guard write.requestHeader("Content-Encoding")?.hasSuffix("gzip") == true else { return body }
        return try Gunzip.decompress(body, outputBytesMax: 1 << 20)
    }

    private func precision(_ path: String) -> Precision {
        let value = path.split(separator: "&").last { $0.hasPrefix("precision=") }?.dropFirst(10) ?? ""
        switch value {
        case "u": return .microseconds
        default: return Precision(rawValue: String(value)) ?? .nanoseconds
        }
    }
}
