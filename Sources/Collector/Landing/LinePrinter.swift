import InfluxWriter

/// Prints the lines of a dry run in place of writing them.
struct LinePrinter: ~Copyable {
    private static let bytesMax = 64 << 10

    private var encoder: LineEncoder
    private let output: @Sendable ([UInt8]) -> Void

    init(dialect: Dialect, text: TextPolicy, output: @escaping @Sendable ([UInt8]) -> Void) {
        encoder = LineEncoder(precision: .milliseconds, dialect: dialect, text: text)
        self.output = output
    }

    /// What the encoder changed and left out so far.
    var counts: EncodingCounts { encoder.counts }

    mutating func add(_ point: Point) throws(LineEncodingError) {
        try encoder.append(point)
        if encoder.byteCount >= Self.bytesMax { flush() }
    }

    mutating func flush() {
        guard encoder.lineCount > 0 else { return }
        output(encoder.take())
    }
}
