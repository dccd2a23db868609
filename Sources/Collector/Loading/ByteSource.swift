import CoinlineCompression
import CoinlineFiles

/// A file or standard input, plain or gzip, piece by piece as plain bytes.
struct ByteSource: ~Copyable {
    enum Failure: Error {
        case file(FileError)
        case gzip(CompressionError)
        /// Two exports stand one behind the other, of other origin or unit: what the first one says is not true of the
        /// second. Found by ``TextInput``.
        case secondExport

        /// The file is not there.
        var isMissing: Bool {
            if case .file(let error) = self { error.isMissing } else { false }
        }

        /// For a path that is a folder: what to give instead; nil for any other.
        ///
        /// - Parameter ending: of the files that are meant.
        static func folderText(_ path: String, ending: String) -> String? {
            // Only a folder can be listed.
            do throws(FileError) { _ = try Files.names(in: path) } catch { return nil }
            let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            return "\(path) is a folder: give the files in it, such as \(ShellText.quoted(path: folder))/*\(ending)"
        }

        private func place(_ name: String?, _ end: TextPlace) -> String {
            (name.map { "\($0):" } ?? "") + "\(end): "
        }

        /// - Parameters:
        ///   - name: how the file is called, nil for no name; the system's errors name it by themselves.
        ///   - end: how far the plain bytes went.
        func text(of name: String?, at end: TextPlace) -> String {
            switch self {
            case .file(let error): error.description
            case .gzip(let error): place(name, end) + "the gzip is damaged: \(error)"
            case .secondExport:
                place(name, end)
                    + "another export begins behind there, of other origin or precision: give them one by one"
            }
        }
    }

    private static let pieceBytes = 64 << 10
    private static let momentMs: Int32 = 100
    /// Of gzip that is expanded at once: small enough that even the largest expansion, a thousand times, is no burden.
    private static let gzipBytes = 2 << 10
    private static let magic: [UInt8] = [0x1F, 0x8B]

    private var reader: FileReader
    private var gunzip: Gunzip?
    /// Gzip that was read and is not expanded yet.
    private var compressed: ArraySlice<UInt8> = []
    private var hasBegun = false
    /// A single byte with which gzip could begin, until it is known whether it does.
    private var firstByte: [UInt8] = []
    private var hasEnded = false
    /// Met behind bytes that were good and are handed out first.
    private var failure: Failure?

    init(path: String) throws(Failure) {
        do throws(FileError) { reader = try FileReader(path: path) } catch { throw .file(error) }
        gunzip = nil
    }

    /// The next piece, perhaps empty; nil at the end. A gzip that ends early or is damaged throws after all its bytes
    /// up to there were handed out.
    mutating func next() throws(Failure) -> [UInt8]? {
        if let failure { throw failure }
        guard !hasEnded else { return nil }
        if hasMore { return expandSlice() }
        guard var piece = try readPiece() else {
            guard hasBegun || firstByte.isEmpty else {
                hasBegun = true
                return firstByte
            }
            return try end()
        }
        if !hasBegun {
            piece = firstByte + piece
            // A pipe may bring a single byte first; whoever waits for more looks around meanwhile.
            if piece.count < Self.magic.count, Self.magic.starts(with: piece) {
                firstByte = piece
                return []
            }
            hasBegun = true
            if piece.starts(with: Self.magic) { gunzip = try Self.makeGunzip() }
        }
        guard gunzip != nil else { return piece }
        compressed = piece[...]
        return expandSlice()
    }

    /// Whether the next piece, or the end, is there within a moment.
    func isReady() throws(Failure) -> Bool {
        if hasMore { return true }
        do throws(FileError) { return try reader.isReady(withinMs: Self.momentMs) } catch { throw .file(error) }
    }

    /// The next piece is there without reading.
    var hasMore: Bool { !compressed.isEmpty || failure != nil }

    private mutating func expandSlice() -> [UInt8] {
        let slice = Array(compressed.prefix(Self.gzipBytes))
        compressed = compressed.dropFirst(slice.count)
        var plain: [UInt8] = []
        do throws(CompressionError) { try gunzip?.append(slice, to: &plain) } catch { failure = .gzip(error) }
        return plain
    }

    private mutating func end() throws(Failure) -> [UInt8]? {
        hasEnded = true
        do throws(CompressionError) { try gunzip?.finish() } catch { throw .gzip(error) }
        return nil
    }

    private mutating func readPiece() throws(Failure) -> [UInt8]? {
        do throws(FileError) { return try reader.next(bytesMax: Self.pieceBytes) } catch { throw .file(error) }
    }

    private static func makeGunzip() throws(Failure) -> Gunzip {
        // Line by line, so there is no need for a cap on the whole.
        do throws(CompressionError) { return try Gunzip(outputBytesMax: .max) } catch { throw .gzip(error) }
    }
}
