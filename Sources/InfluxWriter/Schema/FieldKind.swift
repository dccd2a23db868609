import LineProtocol

/// The type of a field's values. It never changes: a server that holds integers of a field refuses floats of it, or
/// takes them and hides them from every query.
enum FieldKind: String, Sendable, Hashable, CaseIterable {
    case float
    case integer
    case unsigned
    case boolean
    case string

    init(_ value: FieldValue) {
        self =
            switch value {
            case .float: .float
            case .integer: .integer
            case .unsigned: .unsigned
            case .boolean: .boolean
            case .string: .string
            }
    }
}

/// A name as its bytes, which is how servers tell names apart: `String` takes two spellings of "é" for one.
struct ExactName: Sendable, Hashable {
    let text: String
    /// Different where the bytes are, for `String` too.
    private let key: String

    init(_ text: String) {
        self.text = text
        // Texts of ASCII are equal only when their bytes are, and so are none of the others' keys: no name begins with
        // that byte.
        let isPlain = text.utf8.allSatisfy { $0 < 0x80 }
        key = isPlain ? text : "\u{1}" + text.utf8.map { Hex.text(UInt64($0), digits: 2) }.joined()
    }

    static func == (left: ExactName, right: ExactName) -> Bool { left.key == right.key }

    func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
