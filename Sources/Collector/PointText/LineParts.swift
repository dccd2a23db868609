import LineProtocol

/// Where the tags and fields of a line begin that was read without an error.
///
/// Looked for only once something is wrong with one of them, so that reading good lines pays nothing for it.
struct LineParts {
    /// Offsets of the keys, in the order of the point.
    private(set) var tags: [Int] = []
    private(set) var fields: [Int] = []
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ line: ArraySlice<UInt8>) {
        bytes = line
        position = line.startIndex
        skipName(endingAt: Byte.comma, Byte.space)
        while skip(Byte.comma) {
            tags.append(position)
            skipName(endingAt: Byte.comma, Byte.space)
        }
        while skip(Byte.space) {}
        repeat {
            fields.append(position)
            skipName(endingAt: Byte.equals, Byte.equals)
            position += 1
            skipValue()
        } while skip(Byte.comma)
    }

    private var byte: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skip(_ wanted: UInt8) -> Bool {
        guard byte == wanted else { return false }
        position += 1
        return true
    }

    private mutating func skipName(endingAt end: UInt8, _ otherEnd: UInt8) {
        while let byte, byte != end, byte != otherEnd {
            position += bytes.hasNamePair(at: position) ? 2 : 1
        }
    }

    private mutating func skipValue() {
        guard skip(Byte.quote) else {
            while let byte, byte != Byte.comma, byte != Byte.space, byte != Byte.newline { position += 1 }
            return
        }
        while let byte, byte != Byte.quote {
            position += bytes.hasStringPair(at: position) ? 2 : 1
        }
        position += 1
    }
}

/// A tag or field of a point that has an earlier one of the same name.
struct RepeatedName: Equatable {
    let isTag: Bool
    /// Among the tags, or among the fields.
    let index: Int

    /// By its bytes: `String` takes two spellings of "é" for one.
    private struct Name: Hashable {
        let text: String

        static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
        func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }

    /// The first one; nil where every name is there once.
    init?(in point: Point) {
        if let index = Self.index(point.tags.count, { point.tags[$0].key }) {
            self.init(isTag: true, index: index)
        } else if let index = Self.index(point.fields.count, { point.fields[$0].key }) {
            self.init(isTag: false, index: index)
        } else {
            return nil
        }
    }

    init(isTag: Bool, index: Int) {
        self.isTag = isTag
        self.index = index
    }

    private static func index(_ count: Int, _ name: (Int) -> String) -> Int? {
        guard count > 1 else { return nil }
        var seen: Set<Name> = []
        seen.reserveCapacity(count)
        return (0..<count).first { !seen.insert(Name(text: name($0))).inserted }
    }
}
