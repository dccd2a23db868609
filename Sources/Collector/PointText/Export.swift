import CoinlineBase
public import CoinlineCompression
public import CoinlineFiles
public import LineProtocol
public import MarketStore

/// Writes the embedded store, or a part of it, as line protocol: every value as it came, at constant memory.
public struct Export: Sendable {
    /// Where the lines go.
    public enum Output: Sendable {
        case bytes(@Sendable ([UInt8]) -> Void)
        /// A durable file, in the place of an older one once it is whole; gzip where the name ends in `.gz`.
        case file(String)
    }

    public struct Outcome: Sendable, Equatable {
        public var points = 0
        public var measurements = 0
        /// Rows that are no points; each was told.
        public var badRows = 0
        /// Ended before it was done; a file was not made.
        public var isStopped = false
    }

    private enum Limit {
        static let outputBytes = 128 << 10
    }

    private let path: String
    private let selection: StoreExport.Selection
    private let precision: Precision
    /// Of a row that is no point its measurement, time and column, and why.
    private let complain: @Sendable (String) -> Void

    /// - Parameter path: of the store.
    public init(
        path: String, _ selection: StoreExport.Selection, precision: Precision,
        complain: @escaping @Sendable (String) -> Void
    ) {
        self.path = path
        self.selection = selection
        self.precision = precision
        self.complain = complain
    }

    /// Blocks on the disk; ends early when its task is cancelled.
    ///
    /// A time that the unit would cut is found before anything is written.
    public func run(to output: Output) throws(ExportError) -> Outcome {
        let store = try Self.store { () throws(StoreError) in try StoreExport(path: path, selection) }
        let finer = try Self.store { () throws(StoreError) in try store.firstPoint(finerThan: precision) }
        if let finer {
            throw .finerTime(measurement: finer.measurement, time: finer.time, precision)
        }
        switch output {
        case .bytes(let write):
            return try lines(of: store) { (bytes) throws(ExportError) in write(bytes) }
        case .file(let path):
            var file = try ExportFile(path: path)
            let outcome = try lines(of: store) { (bytes) throws(ExportError) in try file.append(bytes) }
            if !outcome.isStopped { try file.finish() }
            return outcome
        }
    }

    private func lines(
        of store: StoreExport, to write: ([UInt8]) throws(ExportError) -> Void
    ) throws(ExportError) -> Outcome {
        var outcome = Outcome()
        outcome.measurements = store.measurements.count
        var encoder = LineEncoder(precision: precision)
        var failure: ExportError?
        func flush(_ encoder: inout LineEncoder) {
            do throws(ExportError) { try write(encoder.copyBytes()) } catch { failure = error }
            encoder.removeAll()
        }
        try Self.store { () throws(StoreError) in
            try store.forEachRow { row in
                take(row, of: store, &encoder, &outcome)
                guard encoder.byteCount >= Limit.outputBytes else { return true }
                flush(&encoder)
                outcome.isStopped = Task.isCancelled
                return failure == nil && !outcome.isStopped
            }
        }
        if failure == nil, encoder.byteCount > 0 { flush(&encoder) }
        if let failure { throw failure }
        return outcome
    }

    private func take(
        _ row: StoredRow, of store: StoreExport, _ encoder: inout LineEncoder, _ outcome: inout Outcome
    ) {
        switch row {
        case .unreadable(let problem):
            outcome.badRows += 1
            complain(problem.description)
        case .point(let point):
            do throws(LineEncodingError) {
                try encoder.append(point)
                outcome.points += 1
            } catch {
                outcome.badRows += 1
                complain(store.problem(with: point, error).description)
            }
        }
    }

    private static func store<Value>(_ body: () throws(StoreError) -> Value) throws(ExportError) -> Value {
        do throws(StoreError) { return try body() } catch { throw .store(error) }
    }
}

/// Why an export ended without its points; a file that was named is not made.
public enum ExportError: Error, Sendable, CustomStringConvertible {
    case store(StoreError)
    /// It would lose digits in that unit.
    case finerTime(measurement: String, time: Timestamp, Precision)
    case file(FileError)
    case gzip(CompressionError)

    public var description: String {
        switch self {
        case .store(let error): error.description
        case .file(let error): error.description
        case .gzip(let error): "cannot compress: \(error)"
        case .finerTime(let measurement, let time, let precision):
            "\"\(measurement)\" has a point at "
                + UTCTime(nanoseconds: time.nanoseconds).rfc3339(fractionDigits: 9)
                + ", which \(precision.rawValue) would cut: use --precision ns"
        }
    }
}

/// A durable file of lines, plain or gzip.
private struct ExportFile: ~Copyable {
    private var file: DurableFileWriter
    private var gzip: Gzip?

    init(path: String) throws(ExportError) {
        let gzip = try Self.gzip(for: path)
        self.init(file: try Self.file(path), gzip: gzip)
    }

    private init(file: consuming DurableFileWriter, gzip: consuming Gzip?) {
        self.file = file
        self.gzip = gzip
    }

    private static func file(_ path: String) throws(ExportError) -> DurableFileWriter {
        do throws(FileError) { return try DurableFileWriter(path: path, mode: 0o666) } catch { throw .file(error) }
    }

    private static func gzip(for path: String) throws(ExportError) -> Gzip? {
        guard path.hasSuffix(".gz") else { return nil }
        do throws(CompressionError) {
            var gzip = try Gzip(level: gzipLevel)
            try gzip.begin()
            return gzip
        } catch {
            throw .gzip(error)
        }
    }

    /// A file that is kept: a fifth smaller than the level of batches, and still faster than most disks.
    private static let gzipLevel = 6

    mutating func append(_ bytes: [UInt8]) throws(ExportError) {
        var out = bytes
        if gzip != nil {
            out = []
            do throws(CompressionError) { try gzip?.append(bytes, to: &out) } catch { throw .gzip(error) }
        }
        try write(out)
    }

    mutating func finish() throws(ExportError) {
        var out: [UInt8] = []
        do throws(CompressionError) { try gzip?.finish(to: &out) } catch { throw .gzip(error) }
        try write(out)
        do throws(FileError) { try file.finish() } catch { throw .file(error) }
    }

    private func write(_ bytes: [UInt8]) throws(ExportError) {
        do throws(FileError) { try file.append(bytes) } catch { throw .file(error) }
    }
}
