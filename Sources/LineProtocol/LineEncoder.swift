/// Turns points into line protocol, the text that InfluxDB and its relatives take, in one reused buffer.
///
/// ```swift
/// var encoder = LineEncoder(precision: .milliseconds)
/// let bitcoin = try Series(measurement: "coins", tags: [Tag("code", "BTC"), Tag("currency", "USD")])
/// let now = Timestamp(1_760_000_000_000, precision: .milliseconds)
/// try encoder.append(bitcoin, fields: [Field("rate", .float(61234.5)), Field("rank", .integer(1))], time: now)
/// print(String(decoding: encoder.take(), as: UTF8.self), terminator: "")
/// ```
///
/// ```text
/// coins,code=BTC,currency=USD rate=61234.5,rank=1i 1760000000000
/// ```
///
/// What it guarantees:
///
/// * **Nothing malformed is written.** Every name, tag, value and time is checked and escaped on UTF-8 bytes by the
///   rules of its place and of the ``Dialect``; what no server can read back is refused with a ``LineEncodingError``, or
///   replaced under ``TextPolicy/replace`` and counted. A bad point leaves the buffer exactly as it was.
/// * **One form.** Tags sorted by bytes, tags without a value left out, fields in the given order, one space, integers
///   with `i`, unsigned with `u`, booleans `t` and `f`, floats with the shortest digits that read back to the same
///   number and no trailing `.0`, every line ended by a newline. Numbers that are not finite are left out and counted.
/// * **Times are whole units of the precision**, cut down with integer arithmetic, before 1970 too.
/// * **Repeated points are cheap.** A ``Series`` holds the escaped start of a line; field keys that were seen before are
///   not checked again. Appending with a series allocates nothing once the buffer has grown.
///
/// ``LineParser`` reads the same text back. ``EncodingCounts`` says what was dropped, replaced and refused.
public struct LineEncoder: ~Copyable {
    /// Times are written in this unit.
    public let precision: Precision
    /// Who will read the lines. A series must have been made for the same.
    public let dialect: Dialect
    /// What becomes of a text that cannot be read back.
    public let text: TextPolicy
    /// Lines in the buffer.
    public private(set) var lineCount = 0
    /// What was done since the encoder was made.
    public private(set) var counts = EncodingCounts()

    private var buffer = LineBuffer()
    private var fieldKeys: FieldKeys
    private let reservedBytes: Int

    /// Makes an encoder with an empty buffer.
    ///
    /// - Parameters:
    ///   - precision: the unit in which times are written, which the server must be told.
    ///   - dialect: who will read the lines.
    ///   - text: what becomes of a text that cannot be read back.
    ///   - reserving: the size of the buffer at the start, in bytes, at most 64 MiB; it grows as needed.
    public init(
        precision: Precision = .milliseconds, dialect: Dialect = .influx2, text: TextPolicy = .refuse,
        reserving: Int = 64 << 10
    ) {
        self.precision = precision
        self.dialect = dialect
        self.text = text
        fieldKeys = FieldKeys(dialect: dialect, policy: text)
        reservedBytes = min(max(0, reserving), Limit.reservedBytesMax)
        buffer.bytes.reserveCapacity(reservedBytes)
    }

    /// Bytes in the buffer.
    public var byteCount: Int { buffer.count }

    /// Appends a line. On an error the buffer is as it was and the point is counted as refused.
    public mutating func append(_ point: Point) throws(LineEncodingError) {
        let start = buffer.count
        do throws(LineEncodingError) {
            let series = try appendSeries(
                measurement: point.measurement, tags: point.tags, dialect: dialect, text: text, to: &buffer.bytes)
            try finishLine(point.fields, point.time, start: start, series: series)
        } catch {
            refuse(backTo: start)
            throw error
        }
    }

    /// Appends a line whose start was made before. On an error the buffer is as it was and the point is counted as
    /// refused.
    public mutating func append(
        _ series: Series, fields: [Field], time: Timestamp?
    ) throws(LineEncodingError) {
        let start = buffer.count
        do throws(LineEncodingError) {
            guard series.dialect == dialect else { throw LineEncodingError(.otherDialect, .series, series.text) }
            buffer.bytes.append(contentsOf: series.prefix)
            try finishLine(fields, time, start: start, series: series.counts)
        } catch {
            refuse(backTo: start)
            throw error
        }
    }

    /// A copy of what is in the buffer.
    public borrowing func copyBytes() -> [UInt8] { buffer.bytes }

    /// Hands out the bytes and empties the buffer, which starts anew with the reserved size.
    public mutating func take() -> [UInt8] {
        let bytes = buffer.bytes
        buffer = LineBuffer()
        buffer.bytes.reserveCapacity(reservedBytes)
        lineCount = 0
        return bytes
    }

    /// Empties the buffer and keeps its memory.
    public mutating func removeAll() {
        buffer.bytes.removeAll(keepingCapacity: true)
        lineCount = 0
    }

    /// Fields, time and newline behind the series that begins at `start`.
    private mutating func finishLine(
        _ fields: [Field], _ time: Timestamp?, start: Int, series: EncodingCounts
    ) throws(LineEncodingError) {
        var line = series
        do throws(LineEncodingError) {
            try append(fields, seriesBytes: buffer.count - start, counts: &line)
        } catch {
            if error.reason == .noFields { counts.droppedFields += line.droppedFields }
            throw error
        }
        if let time { try append(time) }
        buffer.append(byte: Byte.lineFeed)
        lineCount += 1
        line.points = 1
        counts += line
    }

    private mutating func refuse(backTo start: Int) {
        buffer.cut(to: start)
        counts.refusedPoints += 1
    }

    private mutating func append(
        _ fields: [Field], seriesBytes: Int, counts: inout EncodingCounts
    ) throws(LineEncodingError) {
        let fieldsStart = buffer.count
        fieldKeys.beginPoint()
        for field in fields {
            let index = try fieldKeys.index(of: field.key)
            if case .float(let number) = field.value, !number.isFinite {
                counts.droppedFields += 1
                continue
            }
            let key = fieldKeys.range(at: index)
            // The comma and the equals sign are no part of the key.
            let keyBytes = seriesBytes + Limit.seriesFieldSeparatorBytes + key.count - 2
            guard keyBytes <= Limit.seriesKeyBytesMax else {
                throw LineEncodingError(
                    .tooLong(bytes: keyBytes, bytesMax: Limit.seriesKeyBytesMax), .fieldKey, field.key)
            }
            buffer.append(key, of: fieldKeys.written)
            counts.replacedTexts += fieldKeys.isReplaced(at: index) ? 1 : 0
            try append(field.value, of: field.key, counts: &counts)
        }
        guard buffer.count > fieldsStart else { throw LineEncodingError(.noFields, .point) }
        buffer.bytes[fieldsStart] = Byte.space
    }

    private mutating func append(
        _ value: FieldValue, of key: String, counts: inout EncodingCounts
    ) throws(LineEncodingError) {
        switch value {
        case .float(let number):
            buffer.append(number)
        case .integer(let number):
            buffer.append(number)
            buffer.append(byte: 0x69)
        case .unsigned(let number):
            guard dialect.hasUnsigned else { throw LineEncodingError(.unsignedValue, .fieldValue, key) }
            buffer.append(number)
            buffer.append(byte: 0x75)
        case .boolean(let isTrue):
            buffer.append(byte: isTrue ? 0x74 : 0x66)
        case .string(let text):
            try append(text, of: key, counts: &counts)
        }
    }

    private mutating func append(
        _ string: String, of key: String, counts: inout EncodingCounts
    ) throws(LineEncodingError) {
        let bytes = string.utf8.count
        guard bytes <= Limit.stringBytesMax else {
            throw LineEncodingError(.tooLong(bytes: bytes, bytesMax: Limit.stringBytesMax), .fieldValue, key)
        }
        guard !dialect.allowsNewlineInString, string.utf8.contains(Byte.lineFeed) else {
            return buffer.append(string: string)
        }
        guard text == .replace else { throw LineEncodingError(.controlByte(Byte.lineFeed), .fieldValue, key) }
        buffer.append(string: withoutNewlines(string))
        counts.replacedTexts += 1
    }

    /// The time in whole units. A unit that begins before the first time that a server takes is out of range, too.
    private mutating func append(_ time: Timestamp) throws(LineEncodingError) {
        let value = time.value(in: precision)
        guard Timestamp(value, precision: precision) != nil, Timestamp.range.contains(time.nanoseconds),
            value > 0 || dialect.allowsTimeBefore1970
        else {
            throw LineEncodingError(.timeOutOfRange(nanoseconds: time.nanoseconds), .time)
        }
        buffer.append(byte: Byte.space)
        buffer.append(value)
    }
}
