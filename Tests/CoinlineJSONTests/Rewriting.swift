import CoinlineJSON

/// Reads a document through cursors and writes it again: what a reader and a writer together make of it.
func rewritten(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) -> [UInt8] {
    var writer = JSONWriter()
    try write(JSONCursor(bytes, limits: limits), to: &writer)
    return writer.bytes
}

func write(_ cursor: JSONCursor, to writer: inout JSONWriter) throws(JSONError) {
    switch cursor.kind {
    case .object:
        writer.beginObject()
        for (name, value) in try cursor.members() {
            writer.key(name)
            try write(value, to: &writer)
        }
        writer.endObject()
    case .array:
        writer.beginArray()
        for value in try cursor.elements() { try write(value, to: &writer) }
        writer.endArray()
    case .string: writer.value(try cursor.string())
    case .number: writer.rawNumber(try cursor.numberText())
    case .boolean: writer.value(try cursor.boolean())
    case .null: writer.null()
    }
}

extension JSONCursor {
    init(text: String, name: String = "$", limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(Array(text.utf8), name: name, limits: limits)
    }
}

/// A generator whose run can be repeated from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
