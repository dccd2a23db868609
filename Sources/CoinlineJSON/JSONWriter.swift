/// Writes one JSON document, compact and in the order of the calls.
///
/// Wrong use (a value where a key belongs, an end without a beginning) is a mistake of the program and stops it.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var frames: [Frame] = []
    private var isDone = false

    private struct Frame {
        let isObject: Bool
        var isEmpty = true
        /// A key was written and its value was not.
        var awaitsValue = false
    }

    public init() {}

    /// The finished document.
    public var text: String {
        precondition(isDone, "a JSON document was read before it was finished")
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Containers

    public mutating func beginObject() { begin(isObject: true) }
    public mutating func beginArray() { begin(isObject: false) }
    public mutating func endObject() { end(isObject: true) }
    public mutating func endArray() { end(isObject: false) }

    public mutating func key(_ name: String) {
        guard let frame = frames.last, frame.isObject, !frame.awaitsValue else {
            preconditionFailure("a JSON key outside an object, or after another key")
        }
        if !frame.isEmpty { bytes.append(UInt8(ascii: ",")) }
        frames[frames.count - 1].isEmpty = false
        frames[frames.count - 1].awaitsValue = true
        appendString(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func begin(isObject: Bool) {
        beforeValue()
        bytes.append(UInt8(ascii: isObject ? "{" : "["))
        frames.append(Frame(isObject: isObject))
    }

    private mutating func end(isObject: Bool) {
        guard let frame = frames.popLast(), frame.isObject == isObject, !frame.awaitsValue else {
            preconditionFailure(
                "the end of a JSON object or array that is not open, or of an object that lacks a value")
        }
        bytes.append(UInt8(ascii: isObject ? "}" : "]"))
        isDone = frames.isEmpty
    }

    /// Writes the comma that belongs before an element, and marks a key as served.
    private mutating func beforeValue() {
        guard let frame = frames.last else {
            precondition(!isDone, "a second JSON document after the first")
            return
        }
        precondition(!frame.isObject || frame.awaitsValue, "a JSON value without a key inside an object")
        if !frame.isObject, !frame.isEmpty { bytes.append(UInt8(ascii: ",")) }
        frames[frames.count - 1].isEmpty = false
        frames[frames.count - 1].awaitsValue = false
    }

    // MARK: Values

    public mutating func value(_ value: String) {
        beforeValue()
        appendString(value)
        isDone = frames.isEmpty
    }

    public mutating func value(_ value: Int64) { scalar("\(value)") }
    public mutating func value(_ value: Int) { scalar("\(value)") }
    public mutating func value(_ value: UInt64) { scalar("\(value)") }
    public mutating func value(_ value: Bool) { scalar(value ? "true" : "false") }
    public mutating func null() { scalar("null") }

    /// The shortest digits that read back to the same value, without a trailing `.0`; NaN and infinities are null.
    public mutating func value(_ value: Double) {
        guard value.isFinite else { return null() }
        var text = "\(value)"
        if text.hasSuffix(".0") { text.removeLast(2) }
        scalar(text)
    }

    /// A number that is text already; it must be one by the grammar of JSON.
    public mutating func rawNumber(_ text: String) {
        precondition(JSONNumber.isNumber(text), "a raw JSON number that is none")
        scalar(text)
    }

    private mutating func scalar(_ text: String) {
        beforeValue()
        bytes.append(contentsOf: text.utf8)
        isDone = frames.isEmpty
    }

    private mutating func appendString(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20: bytes.append(contentsOf: Self.escape(ofControl: byte).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(ofControl byte: UInt8) -> String {
        switch byte {
        case 0x08: #"\b"#
        case 0x09: #"\t"#
        case 0x0A: #"\n"#
        case 0x0C: #"\f"#
        case 0x0D: #"\r"#
        default: (byte < 0x10 ? #"\u000"# : #"\u00"#) + String(byte, radix: 16)
        }
    }
}

extension JSONWriter {
    public mutating func member(_ key: String, _ value: String) {
        self.key(key)
        self.value(value)
    }

    public mutating func member(_ key: String, _ value: Int64) {
        self.key(key)
        self.value(value)
    }

    public mutating func member(_ key: String, _ value: Int) {
        self.key(key)
        self.value(value)
    }

    public mutating func member(_ key: String, _ value: Double) {
        self.key(key)
        self.value(value)
    }

    public mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        self.value(value)
    }
}
