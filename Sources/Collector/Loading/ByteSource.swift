import CoinlineCompression
import CoinlineFiles

/// A file or standard input, plain or gzip, piece by piece as plain bytes.
struct ByteSource: ~Copyable {
    enum Failure: Error {
        case file(FileError)
        case gzip(CompressionError)

        /// The file is not there.
        var isMissing: Bool {
            if case .file(let error) = self { error.isMissing } else { false }
        }

        /// - Parameter name: how the file is called; the system's errors name it by themselves.
        func text(of name: String) -> String {
            switch self {
            case .file(let error): error.description
            case .gzip(let error): "\(name): the gzip is damaged: \(error)"
            }
        }
    }

    /// Small enough that even its largest expansion (a thousand times) is no burden.
    private static let pieceBytes = 64 << 10
    private static let magic: [UInt8] = [0x1F, 0x8B]

    private var reader: FileReader
    private var gunzip: Gunzip?
    private var hasBegun = false
    private var hasEnded = false
    /// Met behind bytes that were good and are handed out first.
    private var failure: Failure?

    init(path: String) throws(Failure) {
        do throws(FileError) { reader = try FileReader(path: path) } catch { throw .file(error) }
        gunzip = nil
    }

    /// The next piece, perhaps empty; nil at the end. A gzip that ends early or is damaged throws after all its bytes up to
    /// there were handed out.
    mutating func next() throws(Failure) -> [UInt8]? {
        if let failure { throw failure }
        guard !hasEnded else { return nil }
        guard var piece = try readPiece() else { return try end() }
        if !hasBegun {
            hasBegun = true
            // A pipe may bring a single byte first.
            while piece.count < Self.magic.count, let more = try readPiece() { piece += more }
            if piece.starts(with: Self.magic) { gunzip = try Self.makeGunzip() }
        }
        guard gunzip != nil else { return piece }
        var plain: [UInt8] = []
        do throws(CompressionError) { try gunzip?.append(piece, to: &plain) } catch { failure = .gzip(error) }
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
