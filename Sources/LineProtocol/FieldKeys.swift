/// The field keys that an encoder has written, checked and escaped once.
///
/// Points of one measurement bring the same keys in the same order, so the next key is looked for where the last one
/// was found, then a few places on (a point may lack fields), then in a dictionary. The number of the point in each
/// entry finds a key that comes twice.
struct FieldKeys {
    private struct Entry {
        /// Whether equality as `String` is equality of bytes, given equal lengths.
        let isASCII: Bool
        let isReplaced: Bool
        /// The first entry that is written with the same bytes: another text may have been replaced by them.
        let first: Int
        /// Where its bytes are in `written`.
        let range: Range<Int>
        var point: UInt64
    }

    private struct ByteText: Hashable {
        let text: String

        static func == (left: ByteText, right: ByteText) -> Bool { haveSameBytes(left.text, right.text) }
        func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }

    private enum Bound {
        /// Many measurements' worth; a stream of ever new keys starts over instead of growing.
        static let entriesMax = 1_024
        /// About what a point lacks when its source lacks a group of values.
        static let lookAhead = 8
    }

    private let dialect: Dialect
    private let policy: TextPolicy
    private var keys: [String] = []
    private var entries: [Entry] = []
    /// Of every key a comma, its escaped bytes and an equals sign.
    private(set) var written: [UInt8] = []
    private var indexOfKey: [ByteText: Int] = [:]
    private var indexOfWritten: [[UInt8]: Int] = [:]
    private var cursor = 0
    private var point: UInt64 = 0

    init(dialect: Dialect, policy: TextPolicy) {
        self.dialect = dialect
        self.policy = policy
    }

    /// Before the first key of a point.
    mutating func beginPoint() {
        cursor = 0
        point &+= 1
        guard entries.count > Bound.entriesMax else { return }
        keys.removeAll()
        entries.removeAll()
        written.removeAll()
        indexOfKey.removeAll()
        indexOfWritten.removeAll()
    }

    /// The entry of the next key of the point. Throws when the key may not be written or came before.
    mutating func index(of key: String) throws(LineEncodingError) -> Int {
        var index = cursor
        let end = min(cursor + Bound.lookAhead, entries.count)
        while index < end, !isEntry(index, of: key) { index += 1 }
        if index == end {
            if let known = indexOfKey[ByteText(text: key)] {
                index = known
            } else {
                index = try add(key)
            }
        }
        let first = entries[index].first
        guard entries[first].point != point else {
            throw LineEncodingError(.duplicate, .fieldKey, key)
        }
        entries[first].point = point
        cursor = index + 1
        return index
    }

    /// Where in `written` the key is, comma and equals sign included.
    func range(at index: Int) -> Range<Int> { entries[index].range }

    func isReplaced(at index: Int) -> Bool { entries[index].isReplaced }

    /// A text that is canonically equivalent to an ASCII text of the same length in bytes is that text: the other forms
    /// (U+212A for K) are longer.
    private func isEntry(_ index: Int, of key: String) -> Bool {
        guard entries[index].isASCII else { return haveSameBytes(keys[index], key) }
        return keys[index].utf8.count == key.utf8.count && keys[index] == key
    }

    private mutating func add(_ key: String) throws(LineEncodingError) -> Int {
        let text = try fit(key, at: .fieldKey, named: key, dialect: dialect, policy: policy)
        try refuseReserved(text.bytes, at: .fieldKey)
        var bytes: [UInt8] = [Byte.comma]
        appendEscaped(text.bytes, at: .fieldKey, to: &bytes)
        bytes.append(Byte.equals)

        let index = entries.count
        let first = indexOfWritten[bytes] ?? index
        keys.append(key)
        entries.append(
            Entry(
                isASCII: key.utf8.allSatisfy { $0 < 0x80 }, isReplaced: text.isReplaced, first: first,
                range: written.count..<written.count + bytes.count, point: 0))
        written.append(contentsOf: bytes)
        indexOfKey[ByteText(text: key)] = index
        if first == index { indexOfWritten[bytes] = index }
        return index
    }
}
