/// A stretch of time of a bucket.
struct Shard {
    /// The fields of a measurement. A type stays, whatever becomes of the point that brought it.
    final class Measurement {
        let name: [UInt8]
        var types: [[UInt8]: FakeInfluxDB2.FieldType] = [:]

        init(_ name: [UInt8]) { self.name = name }
    }

    /// A series and its columns.
    final class Series {
        let measurement: Measurement
        let tags: [FakeInfluxDB2.RawPoint.Tag]
        /// Whether a query finds the series again. One whose key the storage would write otherwise is lost: a backslash
        /// before the equals sign of a measurement's name, or two before its comma, are such.
        let isReadable: Bool
        var columns: [[UInt8]: [Int64: FakeInfluxDB2.RawValue]] = [:]

        init(key: [UInt8], tags: [FakeInfluxDB2.RawPoint.Tag], of measurement: Measurement) {
            self.measurement = measurement
            self.tags = tags
            isReadable = SeriesKey.bytes(measurement: measurement.name, tags: tags) == key
        }
    }

    /// A field of this name is left out.
    private static let time = Array("time".utf8)

    private var measurements: [[UInt8]: Measurement] = [:]
    /// By key.
    private(set) var series: [[UInt8]: Series] = [:]

    /// Stores what it can and counts the rest, with the first reason.
    mutating func write(_ points: [ParsedPoint]) -> (count: Int, reason: String) {
        var (count, reason) = (0, "")
        for point in points {
            if let fault = Self.store(point, in: series(of: point.key)) {
                if count == 0 { reason = fault }
                count += 1
            }
        }
        return (count, reason)
    }

    private mutating func series(of key: [UInt8]) -> Series {
        if let known = series[key] { return known }
        let parts = SeriesKey.parts(key)
        let name = Escapes.unescaped(parts.measurement, Escapes.any)
        let measurement = measurements[name] ?? Measurement(name)
        measurements[name] = measurement
        let tags = parts.tags.map {
            FakeInfluxDB2.RawPoint.Tag(
                name: Escapes.unescaped($0.name, Escapes.tag), value: Escapes.unescaped($0.value, Escapes.tag))
        }
        let new = Series(key: key, tags: tags, of: measurement)
        series[key] = new
        return new
    }

    private static func store(_ point: ParsedPoint, in series: Series) -> String? {
        var measurement: String { GoText.quoted(series.measurement.name) }
        if !point.fields.contains(where: { $0.name != time }) {
            return "invalid field name: input field \"time\" on measurement \(measurement) is invalid"
        }
        for field in point.fields {
            if let fault = check(field, of: series.measurement) {
                return "\(fault.start) field \(GoText.quoted(field.name)) on measurement \(measurement) \(fault.end)"
            }
        }
        for field in point.fields where field.name != time {
            series.columns[field.name, default: [:]][point.time] = field.value
        }
        return nil
    }

    /// Learns the type of a new field. Fields before the one that is refused have been learnt by then.
    private static func check(
        _ field: (name: [UInt8], value: FakeInfluxDB2.RawValue), of measurement: Measurement
    ) -> (start: String, end: String)? {
        if case .string(let bytes) = field.value, bytes.count > BucketStore.stringBytesMax {
            return ("input", "is too long, \(bytes.count) > \(BucketStore.stringBytesMax)")
        }
        if field.name == time { return nil }
        guard let type = measurement.types[field.name] else {
            measurement.types[field.name] = field.value.type
            return nil
        }
        if type == field.value.type { return nil }
        let ends = "is type \(field.value.type.rawValue), already exists as type \(type.rawValue)"
        return ("field type conflict: input", ends)
    }
}

/// Measurement and tags in one row of bytes, escaped as in a line.
enum SeriesKey {
    /// Still escaped.
    static func parts(_ key: [UInt8]) -> (measurement: [UInt8], tags: [(name: [UInt8], value: [UInt8])]) {
        let parts = split(key, at: LineReader.comma)
        let tags = parts.dropFirst().map { tag in
            let halves = split(tag, at: LineReader.equals)
            return (name: halves[0], value: Array(tag.dropFirst(halves[0].count + 1)))
        }
        return (parts[0], tags)
    }

    static func bytes(measurement: [UInt8], tags: [FakeInfluxDB2.RawPoint.Tag]) -> [UInt8] {
        // The storage takes the escapes of a name out once more before it puts them in.
        let name = Escapes.unescaped(measurement, Escapes.measurement)
        return tags.reduce(into: Escapes.escaped(name, Escapes.measurement)) { key, tag in
            key += [LineReader.comma] + Escapes.escaped(tag.name, Escapes.tag)
            key += [LineReader.equals] + Escapes.escaped(tag.value, Escapes.tag)
        }
    }

    private static func split(_ bytes: [UInt8], at separator: UInt8) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            if byte == separator, index > 0, bytes[index - 1] != LineReader.backslash {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        return parts
    }
}
