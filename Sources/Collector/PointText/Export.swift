import CoinlineBase
public import CoinlineCompression
public import CoinlineFiles
public import LineProtocol
public import MarketStore

/// Writes the embedded store, or a part of it, as line protocol: every value as it came, at constant memory. The first
/// line is an ``ExportMark``. The same points are the same bytes, in whatever order they came.
public struct Export: Sendable {
    /// Where the lines go.
    public enum Output: Sendable {
        /// Handed over as they come.
        case bytes(isGzip: Bool, @Sendable ([UInt8]) throws(FileError) -> Void)
        /// A durable file, in the place of an older one once it is whole; gzip where the name ends in `.gz`. The rights
        /// are less the process's umask.
        case file(String, mode: UInt32)
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
        case .bytes(let isGzip, let write):
            return try pack(store, isGzip: isGzip) { (bytes) throws(FileError) in try write(bytes) }
        case .file(let path, let mode):
            var file = try Self.file(path, mode)
            let outcome = try pack(store, isGzip: path.hasSuffix(".gz")) { (bytes) throws(FileError) in
                try file.append(bytes)
            }
            if !outcome.isStopped {
                do throws(FileError) { try file.finish() } catch { throw .file(error) }
            }
            return outcome
        }
    }

    private static func file(_ path: String, _ mode: UInt32) throws(ExportError) -> DurableFileWriter {
        do throws(FileError) { return try DurableFileWriter(path: path, mode: mode) } catch { throw .file(error) }
    }

    private func pack(
        _ store: StoreExport, isGzip: Bool, to write: ([UInt8]) throws(FileError) -> Void
    ) throws(ExportError) -> Outcome {
        func put(_ bytes: [UInt8]) throws(ExportError) {
            guard !bytes.isEmpty else { return }
            do throws(FileError) { try write(bytes) } catch { throw .file(error) }
        }
        var packing = try Packing(isGzip: isGzip)
        let origin = try Self.store { () throws(StoreError) in try store.origin() }
        let mark = ExportMark(origin: origin.map { $0 == .real ? .real : .simulated }, precision: precision)
        try put(try packing.pack(Array(mark.line.utf8)))
        let outcome = try lines(of: store) { (bytes) throws(ExportError) in try put(try packing.pack(bytes)) }
        if !outcome.isStopped { try put(try packing.end()) }
        return outcome
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
                + UTCTime(time).rfc3339(fractionDigits: 9)
                + ", which \(precision.rawValue) would cut: use --precision ns"
        }
    }
}

/// Bytes as they are, or as gzip.
private struct Packing: ~Copyable {
    /// For a file that is kept: a fifth smaller than the level of batches, and still faster than most disks.
    private static let gzipLevel = 6

    private var gzip: Gzip?

    init(isGzip: Bool) throws(ExportError) {
        gzip = isGzip ? try Self.begun() : nil
    }

    private static func begun() throws(ExportError) -> Gzip {
        do throws(CompressionError) {
            var gzip = try Gzip(level: gzipLevel)
            try gzip.begin()
            return gzip
        } catch {
            throw .gzip(error)
        }
    }

    mutating func pack(_ bytes: [UInt8]) throws(ExportError) -> [UInt8] {
        guard gzip != nil else { return bytes }
        var out: [UInt8] = []
        do throws(CompressionError) { try gzip?.append(bytes, to: &out) } catch { throw .gzip(error) }
        return out
    }

    mutating func end() throws(ExportError) -> [UInt8] {
        var out: [UInt8] = []
        do throws(CompressionError) { try gzip?.finish(to: &out) } catch { throw .gzip(error) }
        return out
    }
}
