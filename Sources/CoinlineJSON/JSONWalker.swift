/// Steps through the children of one object or array of a checked document, without recursion.
///
/// The document's syntax is known to be right, so skipping a value is a matter of counting brackets outside strings.
struct JSONWalker {
    struct Child {
        /// Between the quotes; nil in an array.
        let key: Range<Int>?
        let value: Range<Int>
    }

    private let bytes: [UInt8]
    private let isObject: Bool
    private var position: Int

    /// `start` is where the container's opening bracket stands.
    init(_ bytes: [UInt8], start: Int) {
        self.bytes = bytes
        isObject = bytes[start] == UInt8(ascii: "{")
        position = start + 1
    }

    mutating func next() -> Child? {
        skipSpaceAndCommas()
        let byte = bytes[position]
        if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { return nil }
        var key: Range<Int>?
        if isObject {
            let end = Self.endOfString(bytes, from: position)
            key = (position + 1)..<(end - 1)
            position = end
            while bytes[position] != UInt8(ascii: ":") { position += 1 }
            position += 1
            skipSpaceAndCommas()
        }
        let start = position
        position = Self.endOfValue(bytes, from: start)
        return Child(key: key, value: start..<position)
    }

    private mutating func skipSpaceAndCommas() {
        while JSONSpace.contains(bytes[position]) || bytes[position] == UInt8(ascii: ",") { position += 1 }
    }

    private static func endOfValue(_ bytes: [UInt8], from start: Int) -> Int {
        switch bytes[start] {
        case UInt8(ascii: "{"), UInt8(ascii: "["): endOfContainer(bytes, from: start)
        case UInt8(ascii: "\""): endOfString(bytes, from: start)
        case UInt8(ascii: "t"), UInt8(ascii: "n"): start + 4
        case UInt8(ascii: "f"): start + 5
        default: JSONNumber.end(bytes, from: start) ?? start
        }
    }

    private static func endOfContainer(_ bytes: [UInt8], from start: Int) -> Int {
        var depth = 0
        var position = start
        while true {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position = endOfString(bytes, from: position)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return position }
        }
    }

    /// Behind the closing quote.
    private static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
        var position = start + 1
        while bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return position + 1
    }
}
