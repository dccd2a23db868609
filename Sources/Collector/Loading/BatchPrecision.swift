import CoinlineCompression
public import InfluxWriter

extension Target {
    /// The destination as a writer is given it, whatever the unit of a batch is.
    public func deliverable(gzipLevel: Int) -> any Destination {
        guard batchPrecision(for: .microseconds) != .microseconds else { return destination }
        return NanosecondDestination(destination: destination, gzipLevel: gzipLevel)
    }

    /// The unit in which batches for this target are sealed, given the unit of the input. Never a coarser one.
    ///
    /// Over the 1.x API microseconds cannot be written, since servers know them there by different names. Only the dialects
    /// of InfluxDB 2 and 3 tell that it is another one: VictoriaMetrics is reached by either.
    func batchPrecision(for input: Precision) -> Precision {
        input == .microseconds && dialect != .influx2 && dialect != .influx3 ? .nanoseconds : input
    }
}

/// A destination that cannot be given microseconds: batches of that unit, made for another one, go to it in
/// nanoseconds. The files stay as they are.
struct NanosecondDestination: Destination {
    let destination: any Destination
    let gzipLevel: Int

    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        // All batches of a delivery have one unit.
        guard batches.first?.precision == .microseconds else { return await destination.deliver(batches, to: bucket) }
        do {
            let rewritten = try batches.map { try $0.inNanoseconds(gzipLevel: gzipLevel) }
            return await destination.deliver(rewritten, to: bucket)
        } catch {
            // A line that cannot be read: found like any that a server refuses.
            return .rejected(lines: [], message: "its time cannot be given in nanoseconds: \(error)")
        }
    }

    func check(_ bucket: Bucket) async -> Reply {
        await destination.check(bucket)
    }
}

extension BatchFile {
    /// A batch in microseconds with its times in nanoseconds. Every byte stays as it is, but for three zeros behind each
    /// time.
    ///
    /// - Throws: `LineParsingError` for a line that cannot be read, `BatchDamage`.
    func inNanoseconds(gzipLevel: Int) throws -> BatchFile {
        precondition(precision == .microseconds, "three digits are what is between microseconds and nanoseconds")
        let text = try lineProtocol()
        var parser = LineParser(text, precision: .microseconds)
        var lines: [UInt8] = []
        lines.reserveCapacity(text.count + 3 * min(name.lines, text.count))
        var copied = 0
        while let line = try parser.next() {
            guard let time = line.timeStart else { continue }
            let end = text[time..<line.bytes.upperBound].firstIndex(of: 0x20) ?? line.bytes.upperBound
            lines += text[copied..<end] + [0x30, 0x30, 0x30]
            copied = end
        }
        lines += text[copied...]
        var gzip = try Gzip(level: gzipLevel)
        let name = BatchName(
            sealedMicroseconds: name.sealedMicroseconds, writer: name.writer, number: name.number, pieces: name.pieces,
            precision: .nanoseconds, lines: name.lines)
        return BatchFile(name: name, body: try gzip.compress(lines))
    }
}
