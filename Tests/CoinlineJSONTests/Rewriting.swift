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
