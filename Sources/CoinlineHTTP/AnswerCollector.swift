/// Takes head and body of an answer as they arrive, within their limits. Knows nothing of libcurl.
struct AnswerCollector {
    enum Overflow {
        case head
        case body
    }

    /// Every header of every answer to one request, interim ones included. Real heads are below 2 KB; proxies of some
    /// services send 16.
    static let headBytesMax = 64 << 10

    let bodyBytesMax: Int
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    private(set) var overflow: Overflow?
    /// Whether the empty line came that ends a head. libcurl takes a connection that closes before it for a whole
    /// answer.
    private(set) var isHeadComplete = false
    private var headBytes = 0

    init(bodyBytesMax: Int) {
        self.bodyBytesMax = bodyBytesMax
    }

    /// Takes one line of a head, its line end included. False when the head has become too large.
    mutating func take(headLine bytes: [UInt8]) -> Bool {
        headBytes += bytes.count
        guard headBytes <= Self.headBytesMax else {
            overflow = .head
            return false
        }
        if bytes.starts(with: "HTTP/".utf8) {
            // A status line begins another answer: after 100 or 103, or after a proxy's own.
            headers = []
            isHeadComplete = false
        } else if bytes.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            isHeadComplete = true
        } else if let first = bytes.first, first == 0x20 || first == 0x09 {
            continueValue(with: bytes[...])
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: bytes[..<colon], as: UTF8.self)
            headers.append((name, Self.trimmed(bytes[(colon + 1)...])))
        }
        return true
    }

    /// Takes a piece of the body. False when it has become too large; what fits is kept.
    mutating func take(body bytes: some Collection<UInt8>) -> Bool {
        let room = bodyBytesMax - body.count
        guard bytes.count <= room else {
            body.append(contentsOf: bytes.prefix(room))
            overflow = .body
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// Obsolete line folding (RFC 9112 §5.2): the line belongs to the value before it.
    private mutating func continueValue(with bytes: ArraySlice<UInt8>) {
        guard let last = headers.indices.last else { return }
        headers[last].value += " " + Self.trimmed(bytes)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        var kept = bytes.drop(while: isBlank)
        while let last = kept.last, isBlank(last) { kept.removeLast() }
        return String(decoding: kept, as: UTF8.self)
    }
}
