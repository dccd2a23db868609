/// Bounds for one document. What goes beyond them is refused before anything is read from it.
public struct JSONLimits: Sendable {
    /// Deepest nesting that can be asked for: places are linked from child to parent, and a chain is freed by recursion.
    public static let depthCeiling = 512

    /// A page of 1,000 coins with everything known of them is about 1.3 MB.
    public var bytesMax: Int
    /// Objects and arrays inside each other; known services stay below 8.
    public var depthMax: Int

    public init(bytesMax: Int = 16 << 20, depthMax: Int = 64) {
        self.bytesMax = bytesMax
        self.depthMax = depthMax
    }
}

/// What is wrong with a document or with one value of it, and where.
///
/// Never carries more of the document than one byte and the shortened names of the members on the way to the place.
public struct JSONError: Error, Equatable, Sendable {
    /// Where in the document, beginning with the name that the root was given: `coins[17].rate`.
    public let path: String
    /// Offset of the offending byte, counted from 0.
    public let byte: Int
    public let reason: Reason

    public init(path: String, byte: Int, reason: Reason) {
        self.path = path
        self.byte = byte
        self.reason = reason
    }

    public enum Reason: Error, Equatable {
        case tooLarge(bytes: Int, bytesMax: Int)
        case tooDeep(depthMax: Int)
        /// The document ends where something had to follow.
        case endsEarly(expected: String)
        case unexpectedByte(UInt8, expected: String)
        case bytesAfterValue
        case invalidUTF8
        case controlByte(UInt8)
        case unknownEscape(UInt8)
        case loneSurrogate
        case malformedNumber
        case wrongKind(expected: JSONCursor.Kind, found: JSONCursor.Kind)
        case missingMember(String)
        /// A number whose magnitude no `Double` or `Int64` has.
        case outOfRange(of: String)
        /// A number with a fraction where a whole one is needed.
        case notWhole
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String { "\(path): \(reason) at byte \(byte)" }
}

extension JSONError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let bytesMax): "\(bytes) bytes are more than the \(bytesMax) allowed"
        case .tooDeep(let depthMax): "nested deeper than the \(depthMax) levels allowed"
        case .endsEarly(let expected): "the document ends where \(expected) was expected"
        case .unexpectedByte(let byte, let expected): "expected \(expected), found \(Self.name(of: byte))"
        case .bytesAfterValue: "something follows the end of the document"
        case .invalidUTF8: "not valid UTF-8"
        case .controlByte(let byte): "a control byte (\(Self.hex(byte))) inside a string"
        case .unknownEscape(let byte): "an unknown escape, backslash and \(Self.name(of: byte))"
        case .loneSurrogate: "half of a surrogate pair without the other half"
        case .malformedNumber: "a malformed number"
        case .wrongKind(let expected, let found): "expected \(expected.withArticle), found \(found.withArticle)"
        case .missingMember(let name): "the member \"\(JSONPath.shortened(name))\" is missing"
        case .outOfRange(let type): "a number outside the range of \(type)"
        case .notWhole: "expected a whole number, found one with a fraction"
        }
    }

    private static func name(of byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(hex(byte))"
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "0x" + (digits.utf8.count < 2 ? "0" : "") + digits
    }
}
