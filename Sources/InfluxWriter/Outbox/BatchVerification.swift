import CoinlineCompression

/// What is wrong with the file of a batch.
public enum BatchDamage: Error, Sendable, Hashable {
    /// Empty, or it ends too early.
    case truncated
    /// Something else.
    case notGzip
    /// Content that does not fit its checksum, or cannot be decompressed at all.
    case checksum
    /// Bytes behind the last member that are not gzip.
    case trailingBytes
    /// More comes out than any writer puts in.
    case tooLarge(bytesMax: Int)
    /// The name promises another number of lines.
    case lines(named: Int, found: Int)
}

extension BatchDamage: CustomStringConvertible {
    /// What is wrong, as a sentence.
    public var description: String {
        switch self {
        case .truncated: "the file ends too early"
        case .notGzip: "the file is not gzip"
        case .checksum: "the file is damaged: its content does not fit its checksum"
        case .trailingBytes: "bytes that do not belong there follow the content"
        case .tooLarge(let bytesMax): "the file holds more than \(bytesMax) bytes"
        case .lines(let named, let found): "the file has \(found) lines, its name says \(named)"
        }
    }
}

/// Looks at the body of a batch as a server would.
///
/// For a batch of an earlier process before it is first sent, for one that a server refuses as a whole without naming a
/// line, and for one that makes it fail again and again: what is damaged is set aside and never sent again.
enum BatchVerification {
    /// Our own batches have 4 MiB before compression; a server takes no more than this.
    static let contentBytesMax = 64 << 20

    /// The line protocol in it, when all is well.
    static func content(of batch: BatchFile) throws(BatchDamage) -> [UInt8] {
        let content = try batch.lineProtocol()
        let found = ServerLines.count(in: content)
        guard found == batch.lines || writtenLines(in: content) == batch.lines else {
            throw .lines(named: batch.lines, found: found)
        }
        return content
    }

    /// Lines as they were written: where a quote never closes, a server sees fewer.
    private static func writtenLines(in content: [UInt8]) -> Int {
        content.split(separator: 0x0A).count { line in
            line.first { $0 != 0x20 && $0 != 0x09 && $0 != 0 }.map { $0 != UInt8(ascii: "#") } ?? false
        }
    }

    static func damage(in batch: BatchFile) -> BatchDamage? {
        do throws(BatchDamage) {
            _ = try content(of: batch)
            return nil
        } catch {
            return error
        }
    }

    fileprivate static func damage(_ error: CompressionError, in body: [UInt8]) -> BatchDamage {
        switch error {
        case .truncated: .truncated
        case .trailingBytes: .trailingBytes
        case .tooLarge(let bytesMax): .tooLarge(bytesMax: bytesMax)
        case .damaged, .level, .zlib: body.starts(with: [0x1F, 0x8B]) ? .checksum : .notGzip
        }
    }
}

extension BatchFile {
    /// The lines in the body, for a destination that does not send them as they are. At most 64 MiB come out of it.
    ///
    /// - Throws: where the body is not whole gzip, or holds more. Whether it has as many lines as its name says is not
    ///   looked at.
    public func lineProtocol() throws(BatchDamage) -> [UInt8] {
        do throws(CompressionError) {
            return try Gunzip.decompress(body, outputBytesMax: BatchVerification.contentBytesMax)
        } catch {
            throw BatchVerification.damage(error, in: body)
        }
    }
}
