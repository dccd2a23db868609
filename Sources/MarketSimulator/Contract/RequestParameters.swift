import CoinlineJSON

/// The body of a request. What is wrong with it becomes the service's 400.
struct RequestParameters {
    private let root: JSONCursor?

    /// An empty body is an empty object.
    init(_ body: [UInt8]) throws(ServiceError) {
        guard body.contains(where: { !($0 == 0x20 || (0x09...0x0D).contains($0)) }) else {
            root = nil
            return
        }
        do throws(JSONError) {
            let root = try JSONCursor(body, name: "body", limits: JSONLimits(bytesMax: 1 << 20, depthMax: 8))
            guard root.kind == .object else { throw root.error(.wrongKind(expected: .object, found: root.kind)) }
            self.root = root
        } catch {
            throw .badRequest("\(error)")
        }
    }

    private func read<Value>(
        _ name: String, _ convert: (JSONCursor) throws(JSONError) -> Value
    ) throws(ServiceError) -> Value? {
        do throws(JSONError) {
            guard let value = try root?.member(name), !value.isNull else { return nil }
            return try convert(value)
        } catch {
            throw .badRequest("\(error)")
        }
    }

    func string(_ name: String) throws(ServiceError) -> String? {
        try read(name) { value throws(JSONError) in try value.string() }
    }

    func required(_ name: String) throws(ServiceError) -> String {
        guard let text = try string(name), !text.isEmpty else { throw .badRequest("\(name) is required") }
        return text
    }

    func integer(_ name: String) throws(ServiceError) -> Int64? {
        try read(name) { value throws(JSONError) in try value.int64() }
    }

    func requiredInteger(_ name: String) throws(ServiceError) -> Int64 {
        guard let value = try integer(name) else { throw .badRequest("\(name) is required") }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int64>, default value: Int64) throws(ServiceError) -> Int {
        let value = try integer(name) ?? value
        guard range.contains(value) else {
            throw .badRequest("\(name) must lie between \(range.lowerBound) and \(range.upperBound)")
        }
        return Int(value)
    }

    /// Booleans; the words in quotes are known to work too.
    func boolean(_ name: String) throws(ServiceError) -> Bool {
        try read(name) { value throws(JSONError) in
            guard value.kind == .string else { return try value.boolean() }
            switch try value.string() {
            case "true": return true
            case "false": return false
            default: throw value.error(.wrongKind(expected: .boolean, found: .string))
            }
        } ?? false
    }

    func strings(_ name: String) throws(ServiceError) -> [String]? {
        try read(name) { value throws(JSONError) in
            var strings: [String] = []
            for element in try value.elements() { strings.append(try element.string()) }
            return strings
        }
    }

    /// One of a few words.
    func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, default word: Word
    ) throws(ServiceError) -> Word where Word.RawValue == String {
        guard let text = try string(name) else { return word }
        guard let word = Word(rawValue: text) else {
            throw .badRequest("\(name) must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }
}
