import CoinlineCompression

/// What is wrong with a gzip body, told apart as the reader of Go does, since the server answers each in its own way.
enum GzipFault: Error {
    /// The first member does not begin as one, or there is none.
    case firstHeader
    /// A later one does not.
    case header
    /// Checksum or length of a member do not fit its content.
    case checksum
    /// The body ends within a member, or less than a header follows the last one.
    case ended
    /// Bytes that no compressor makes; `offset` counts from the start of the member's data.
    case corrupt(offset: Int)

    var text: String {
        switch self {
        case .firstHeader, .header: "gzip: invalid header"
        case .checksum: "gzip: invalid checksum"
        case .ended: "unexpected EOF"
        case .corrupt(let offset): "flate: corrupt input before offset \(offset)"
        }
    }
}

/// Unpacks a body of one or more members: quickly where it is good, and once more, slowly, to learn what is wrong with
/// it.
enum GzipReader {
    private static let unpackedBytesMax = 1 << 30

    static func content(of body: [UInt8]) throws(GzipFault) -> [UInt8] {
        if let content = try? Gunzip.decompress(body, outputBytesMax: unpackedBytesMax) { return content }
        return try slowContent(of: body)
    }

    private static func slowContent(of body: [UInt8]) throws(GzipFault) -> [UInt8] {
        var (content, at): ([UInt8], Int) = ([], 0)
        repeat {
            at = try headerEnd(body, from: at)
            var inflate = Inflate(body, from: at)
            try inflate.run()
            at = inflate.position
            guard at + 8 <= body.count else { throw .ended }
            let (checksum, length) = (number(body, at: at), number(body, at: at + 4))
            guard checksum == CRC32.of(inflate.output), length == UInt32(truncatingIfNeeded: inflate.output.count)
            else { throw .checksum }
            content += inflate.output
            at += 8
        } while at < body.count
        return content
    }

    private static func number(_ bytes: [UInt8], at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }

    /// RFC 1952 §2.3: ten bytes, then what the flags announce.
    private static func headerEnd(_ body: [UInt8], from start: Int) throws(GzipFault) -> Int {
        let (ended, bad): (GzipFault, GzipFault) = start == 0 ? (.firstHeader, .firstHeader) : (.ended, .header)
        guard start + 10 <= body.count else { throw ended }
        guard body[start] == 0x1F, body[start + 1] == 0x8B, body[start + 2] == 8 else { throw bad }
        let flags = body[start + 3]
        var at = start + 10
        if flags & 4 != 0 {
            guard at + 2 <= body.count else { throw ended }
            at += 2 + Int(body[at]) + Int(body[at + 1]) << 8
        }
        for text: UInt8 in [8, 16] where flags & text != 0 {
            while at < body.count, body[at] != 0 { at += 1 }
            at += 1
        }
        if flags & 2 != 0 {
            guard at + 2 <= body.count else { throw ended }
            let stated = UInt32(body[at]) | UInt32(body[at + 1]) << 8
            guard stated == CRC32.of(Array(body[start..<at])) & 0xFFFF else { throw bad }
            at += 2
        }
        guard at <= body.count else { throw ended }
        return at
    }
}

enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
