import CoinlineCompression
import InfluxWriter

extension Target {
    /// The unit in which batches for this target are sealed, given the unit of the input. Never a coarser one.
    ///
    /// Over the 1.x API microseconds cannot be written, since servers know them there by different names. Only the dialects
    /// of InfluxDB 2 and 3 tell that it is another one: VictoriaMetrics is reached by either.
    func batchPrecision(for input: Precision) -> Precision {
        input == .microseconds && dialect != .influx2 && dialect != .influx3 ? .nanoseconds : input
    }
}

extension BatchFile {
    /// A batch in microseconds with its times in nanoseconds. Each line stays byte for byte as it is, but for three zeros
    /// behind its time.
    ///
    /// - Parameter text: the lines inside.
    /// - Throws: `LineParsingError` for a line that cannot be read, `CompressionError`.
    func inNanoseconds(_ text: [UInt8], gzipLevel: Int) throws -> BatchFile {
        precondition(precision == .microseconds, "three digits are what is between microseconds and nanoseconds")
        var parser = LineParser(text, precision: .microseconds)
        var lines: [UInt8] = []
        lines.reserveCapacity(text.count + 3 * min(name.lines, text.count))
        while let line = try parser.next() {
            lines += text[line.bytes]
            if line.point.time != nil { lines += [0x30, 0x30, 0x30] }
            lines.append(0x0A)
        }
        var gzip = try Gzip(level: gzipLevel)
        let name = BatchName(
            sealedMicroseconds: name.sealedMicroseconds, writer: name.writer, number: name.number, pieces: name.pieces,
            precision: .nanoseconds, lines: name.lines)
        return BatchFile(name: name, body: try gzip.compress(lines))
    }
}
