/// Why bytes could not be compressed or decompressed.
public enum CompressionError: Error, Hashable {
    /// A level outside 0 to 9.
    case level(Int)
    /// Not gzip, or bytes that no compressor makes, or a checksum or length that does not fit the content.
    case damaged
    /// The input ended inside a member, or there was none.
    case truncated
    /// Something follows the last member that is not another one.
    case trailingBytes
    /// More than `bytesMax` bytes would come out.
    case tooLarge(bytesMax: Int)
    /// Any other return code of zlib, above all -4: out of memory.
    case zlib(code: Int32)
}

extension CompressionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .level(let level): "compression level \(level) does not exist: give 0 to 9"
        case .damaged: "not gzip, or damaged"
        case .truncated: "the gzip data ends too early"
        case .trailingBytes: "bytes that are not gzip follow the gzip data"
        case .tooLarge(let bytesMax): "more than \(bytesMax) bytes come out of the gzip data"
        case .zlib(let code): "zlib failed with code \(code)"
        }
    }
}
