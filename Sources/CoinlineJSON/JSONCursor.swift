/// A place in a JSON document that was checked as a whole (syntax, depth, size, UTF-8, surrogates) when its root cursor
/// was made, so that walking it can only fail on types and ranges.
///
/// Numbers stay text until somebody asks for a type: a number that does not fit costs one value, not the document, and
/// an error names the place: `coins[17].rate: expected a number, found a string at byte 4812`.
/// A cursor keeps the document alive; making one for a child copies nothing.
public struct JSONCursor: Sendable {
    public enum Kind: Sendable { case object, array, string, number, boolean, null }

    public let kind: Kind

    let document: JSONDocument
    /// The value's bytes.
    let range: Range<Int>
    /// The container that holds this value, and the step from there; both nil at the root.
    private let container: JSONPlace?
    private let step: JSONStep?
    /// This value as a container; nil for others.
    private let place: JSONPlace?

    /// Checks the document and stands at its value. `name` begins every path.
    public init(_ bytes: [UInt8], name: String = "$", limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.bytesMax else {
            let reason = JSONError.Reason.tooLarge(bytes: bytes.count, bytesMax: limits.bytesMax)
            throw JSONError(path: name, byte: limits.bytesMax, reason: reason)
        }
        var checker = JSONChecker(bytes, name: name, limits: limits)
        let range = try checker.check()
        self.init(JSONDocument(bytes: bytes, name: name), range, container: nil, step: nil)
    }

    private init(_ document: JSONDocument, _ range: Range<Int>, container: JSONPlace?, step: JSONStep?) {
        self.document = document
        self.range = range
        self.container = container
        self.step = step
        kind = Kind(firstByte: document.bytes[range.lowerBound])
        place = kind == .object || kind == .array ? JSONPlace(parent: container, step: step) : nil
    }

    public var isNull: Bool { kind == .null }

    /// The value's text as it came, without the space around it.
    public var rawBytes: ArraySlice<UInt8> { document.bytes[range] }

    /// Where the value stands: `coins[17].rate`.
    public var path: String {
        var steps: [JSONStep] = []
        if let step { steps.append(step) }
        var holder = container
        while let here = holder {
            if let step = here.step { steps.append(step) }
            holder = here.parent
        }
        return JSONPath.text(name: document.name, steps: steps.reversed(), in: document.bytes)
    }

    // MARK: Containers

    /// An object's members in the order of the document. Of a name that occurs twice only the first is given.
    public func members() throws(JSONError) -> [(name: String, value: JSONCursor)] {
        try expect(.object)
        var members: [(name: String, value: JSONCursor)] = []
        var seen: Set<[UInt8]> = []
        var walker = JSONWalker(document.bytes, start: range.lowerBound)
        while let child = walker.next() {
            guard let key = child.key else { continue }
            let name = JSONText.decode(document.bytes, key)
            // Bytes, since `String` takes two spellings of "é" for one.
            guard seen.insert(Array(name.utf8)).inserted else { continue }
            members.append((name, make(child.value, .key(key))))
        }
        return members
    }

    /// The first member of that name; nil when there is none.
    public func member(_ name: String) throws(JSONError) -> JSONCursor? {
        try expect(.object)
        var walker = JSONWalker(document.bytes, start: range.lowerBound)
        while let child = walker.next() {
            guard let key = child.key, JSONText.equals(document.bytes, key, name) else { continue }
            return make(child.value, .key(key))
        }
        return nil
    }

    /// The first member of that name; an error when there is none.
    public func requiredMember(_ name: String) throws(JSONError) -> JSONCursor {
        guard let value = try member(name) else { throw error(.missingMember(name)) }
        return value
    }

    public func elements() throws(JSONError) -> [JSONCursor] {
        try expect(.array)
        var elements: [JSONCursor] = []
        var walker = JSONWalker(document.bytes, start: range.lowerBound)
        while let child = walker.next() { elements.append(make(child.value, .index(elements.count))) }
        return elements
    }

    private func make(_ range: Range<Int>, _ step: JSONStep) -> JSONCursor {
        JSONCursor(document, range, container: place, step: step)
    }

    // MARK: Errors

    func expect(_ expected: Kind) throws(JSONError) {
        guard kind == expected else { throw error(.wrongKind(expected: expected, found: kind)) }
    }

    /// An error about this value, for callers with rules of their own to report in the same form.
    public func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(path: path, byte: range.lowerBound, reason: reason)
    }
}

/// What all cursors of one document share.
final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let name: String

    init(bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }
}

extension JSONCursor.Kind {
    /// What a value is shows in its first byte; the checker has seen to the rest.
    init(firstByte: UInt8) {
        switch firstByte {
        case UInt8(ascii: "{"): self = .object
        case UInt8(ascii: "["): self = .array
        case UInt8(ascii: "\""): self = .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .boolean
        case UInt8(ascii: "n"): self = .null
        default: self = .number
        }
    }

    var withArticle: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        }
    }
}
