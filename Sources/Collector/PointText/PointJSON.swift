import CoinlineJSON
import LineProtocol

/// The JSON form of a point, with the type of each value beside it:
///
///     {"measurement":"m","tags":{"k":"v"},"fields":{"a":{"float":1.5},"b":{"integer":1},"c":{"unsigned":1},
///      "d":{"boolean":true},"e":{"string":"x"}},"time":1760000000000}
///
/// Fields keep their order. The time is a whole number in the unit that both ends are told, null for none. Numbers are
/// exact: floats have their shortest digits, integers all of theirs.
enum PointJSON {
    /// The names of members, also of those that tell a value's type.
    enum Name {
        static let measurement = "measurement"
        static let tags = "tags"
        static let fields = "fields"
        static let time = "time"
        static let float = "float"
        static let integer = "integer"
        static let unsigned = "unsigned"
        static let boolean = "boolean"
        static let string = "string"
    }

    /// Appends the point as one line. Its names stand in it once each, and its numbers are finite.
    static func append(_ point: Point, precision: Precision, to out: inout [UInt8]) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(Name.measurement, point.measurement)
        writer.key(Name.tags)
        writer.beginObject()
        for tag in point.tags { writer.member(tag.key, tag.value) }
        writer.endObject()
        writer.key(Name.fields)
        writer.beginObject()
        for field in point.fields { append(field, to: &writer) }
        writer.endObject()
        writer.key(Name.time)
        if let time = point.time { writer.value(time.value(in: precision)) } else { writer.null() }
        writer.endObject()
        out += writer.bytes
        out.append(Byte.newline)
    }

    private static func append(_ field: Field, to writer: inout JSONWriter) {
        writer.key(field.key)
        writer.beginObject()
        switch field.value {
        case .float(let number): writer.member(Name.float, number)
        case .integer(let number): writer.member(Name.integer, number)
        case .unsigned(let number):
            writer.key(Name.unsigned)
            writer.value(number)
        case .boolean(let isTrue): writer.member(Name.boolean, isTrue)
        case .string(let text): writer.member(Name.string, text)
        }
        writer.endObject()
    }
}

/// Why an object is no point, and at which of its bytes, from 0.
struct PointJSONError: Error, Equatable {
    let byte: Int
    let text: String

    init(byte: Int, text: String) {
        self.byte = byte
        self.text = text
    }

    init(_ error: JSONError) {
        self.init(byte: error.byte, text: error.text)
    }

    init(_ cursor: JSONCursor, _ reason: String) {
        let path = cursor.path
        self.init(byte: cursor.rawBytes.startIndex, text: path.isEmpty ? reason : "\(path): \(reason)")
    }
}
