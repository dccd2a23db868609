/// One step from a container to what is in it.
enum JSONStep: Sendable {
    case index(Int)
    /// Where the member's name stands, without its quotes.
    case key(Range<Int>)
}

/// The place of an object or array: the steps that lead to it, last one first. Made once for each container that is
/// visited, so that a value costs no allocation for a path nobody asks for.
final class JSONPlace: Sendable {
    let parent: JSONPlace?
    /// How it is reached from `parent`; nil for the root.
    let step: JSONStep?

    init(parent: JSONPlace?, step: JSONStep?) {
        self.parent = parent
        self.step = step
    }
}

/// How places are written: `coins[17].delta.hour`, and `["odd name"]` where a name is no plain word.
enum JSONPath {
    /// Characters of a member's name that a path shows.
    static let nameCharactersMax = 24
    /// Steps that a path shows at its end; what is before them is cut.
    static let stepsMax = 12

    static func text(name: String, steps: [JSONStep], in bytes: [UInt8]) -> String {
        var text = name
        if steps.count > stepsMax { text += "…" }
        for step in steps.suffix(stepsMax) {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .key(let range): append(JSONText.decode(bytes, range), to: &text)
            }
        }
        return text
    }

    /// A name from outside, cut, and without anything that could upset a terminal or a log.
    static func shortened(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars.prefix(nameCharactersMax) {
            let isPlain = scalar.isASCII ? (0x20...0x7E).contains(scalar.value) : scalar.properties.isAlphabetic
            text.unicodeScalars.append(isPlain && scalar != "\"" && scalar != "\\" ? scalar : "_")
        }
        return name.unicodeScalars.count > nameCharactersMax ? text + "…" : text
    }

    private static func append(_ key: String, to text: inout String) {
        let isWord = !key.isEmpty && key.utf8.count <= nameCharactersMax && key.utf8.allSatisfy(isWordByte)
        guard isWord else {
            text += "[\"\(shortened(key))\"]"
            return
        }
        if !text.isEmpty { text += "." }
        text += key
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
