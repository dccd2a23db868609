/// Which of the five types a field's values have.
///
/// It never changes: a server that holds integers of a field hides or refuses floats of it.
// Without raw values: `!=` would compare those, and it stands where every value of every line comes by.
public enum FieldType: Sendable, Hashable, CaseIterable {
    /// A `Double`.
    case float
    /// An `Int64`.
    case integer
    /// A `UInt64`. InfluxDB 1.x has no such type.
    case unsigned
    /// True or false.
    case boolean
    /// A text.
    case string

    /// The type of that ``name``; nil where it is none.
    public init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }

    /// The word for it, which is InfluxDB's too: `float`, `integer`, `unsigned`, `boolean` or `string`.
    public var name: String {
        switch self {
        case .float: "float"
        case .integer: "integer"
        case .unsigned: "unsigned"
        case .boolean: "boolean"
        case .string: "string"
        }
    }
}

extension FieldValue {
    /// Its type.
    public var type: FieldType {
        switch self {
        case .float: .float
        case .integer: .integer
        case .unsigned: .unsigned
        case .boolean: .boolean
        case .string: .string
        }
    }
}
