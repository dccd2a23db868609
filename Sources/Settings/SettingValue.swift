internal import CoinlineBase

/// A value that was read and found good.
enum SettingValue: Sendable, Hashable {
    case text(String)
    case secret(Secret)
    case integer(Int)
    case boolean(Bool)
    /// Codes or names.
    case list([String])
    /// In bytes.
    case size(Int)
    /// With its text as it was given, which says more than seconds.
    case duration(Duration, text: String)
    case testClock(TestClock)

    /// As it would be written in `.env`, a secret masked.
    var shown: String {
        switch self {
        case .text(let text): text
        case .secret(let secret): secret.masked
        case .integer(let number): String(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .list(let words): words.joined(separator: ",")
        case .size(let bytes): SizeText.text(of: bytes)
        case .duration(_, let text): text
        case .testClock(let clock): clock.text
        }
    }
}

/// Why a value was not taken: what to do instead, as a clause: "give a whole number, 1 to 65535".
struct Refusal: Error, Hashable {
    let advice: String
}

extension SettingKind {
    /// Reads a value that has no blanks around it.
    func read(_ text: String) throws(Refusal) -> SettingValue {
        guard !text.isEmpty else { throw refusal }
        guard text.utf8.count <= Limit.valueBytesMax else {
            throw Refusal(advice: "give at most \(Limit.valueBytesMax) bytes")
        }
        guard !text.unicodeScalars.contains(where: Self.isControl) else {
            throw Refusal(advice: "give \(allowed); it has a control character or a line break")
        }
        return try readClean(text)
    }

    private func readClean(_ text: String) throws(Refusal) -> SettingValue {
        switch self {
        case .text: .text(text)
        case .secret: .secret(Secret(text))
        case .url: .text(try URLText.base(text, allowed: allowed))
        case .integer(let range): .integer(try Self.integer(text, in: range, or: refusal))
        case .boolean: .boolean(try found(Self.boolean(text)))
        case .choice(let words): .text(try found(Self.word(text, among: words)))
        case .codes: .list(try Self.codes(text, or: refusal))
        case .destinations: .list(try Self.destinations(text, or: refusal))
        case .path: .text(try Self.path(text))
        case .duration(let range): .duration(try found(DurationText.read(text, in: range)), text: text.lowercased())
        case .choiceOrDuration(let words, let range): try found(Self.choice(text, words, or: range))
        case .size(let range): .size(try size(text, in: range))
        case .currency: .text(try found(Self.currency(text)))
        case .timeZone: .text(try found(Self.isTimeZone(text) ? text : nil))
        case .bucket: .text(try Self.bucket(text))
        case .testClock: .testClock(try found(TestClock(text: text)))
        }
    }

    private func size(_ text: String, in range: ClosedRange<Int>) throws(Refusal) -> Int {
        if let bytes = SizeText.read(text, in: range) { return bytes }
        throw Refusal(advice: "give \(allowed); the units are \(SizeText.units.joined(separator: ", "))")
    }

    private var refusal: Refusal {
        Refusal(advice: "give \(allowed)")
    }

    private func found<Value>(_ value: Value?) throws(Refusal) -> Value {
        guard let value else { throw refusal }
        return value
    }

    private static func word(_ text: String, among words: [String]) -> String? {
        words.first { $0.uppercased() == text.uppercased() }
    }

    private static func choice(_ text: String, _ words: [String], or range: ClosedRange<Duration>) -> SettingValue? {
        if let word = word(text, among: words) { return .text(word) }
        return DurationText.read(text, in: range).map { .duration($0, text: text.lowercased()) }
    }

    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }

    // What LCW-Fetch takes for a number: a sign, single underscores between digits, zeros behind a point.
    private static func integer(
        _ text: String, in range: ClosedRange<Int>, or refusal: Refusal
    ) throws(Refusal) -> Int {
        var digits = text[...]
        if let point = digits.firstIndex(of: ".") {
            let zeros = digits[digits.index(after: point)...]
            guard !zeros.isEmpty, zeros.allSatisfy({ $0 == "0" }) else { throw refusal }
            digits = digits[..<point]
        }
        let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
        let isGrouped =
            groups.allSatisfy { $0.last.map(isDigit) == true } && groups.dropFirst().allSatisfy { isDigit($0.first) }
        guard isGrouped, let number = Int(groups.joined()) else { throw refusal }
        guard number <= range.upperBound || range.upperBound != unbounded else {
            throw Refusal(advice: "give a whole number, \(range.lowerBound) to \(range.upperBound)")
        }
        guard range.contains(number) else { throw refusal }
        return number
    }

    private static func isDigit(_ character: Character?) -> Bool {
        character.map { $0 >= "0" && $0 <= "9" } ?? false
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": true
        case "false", "0", "no", "off", "f", "n": false
        default: nil
        }
    }

    /// Trimmed, upper-cased, blanks dropped, each code once. A lone comma is an empty list, the way to track nothing.
    private static func codes(_ text: String, or refusal: Refusal) throws(Refusal) -> [String] {
        var codes: [String] = []
        var seen: Set<String> = []
        for part in text.split(separator: ",") {
            let code = trimmed(part).uppercased()
            guard !code.isEmpty, seen.insert(code).inserted else { continue }
            // No code has blanks, quotes or brackets: they come from a forgotten comma or a list of another language.
            guard code.utf8.count <= Limit.codeBytesMax,
                !code.contains(where: { $0.isWhitespace || "\"'[]{};".contains($0) })
            else { throw refusal }
            codes.append(code)
        }
        guard codes.count <= Limit.codesMax else {
            throw Refusal(advice: "give at most \(Limit.codesMax) codes")
        }
        return codes
    }

    private static func path(_ text: String) throws(Refusal) -> String {
        guard text != "~", !text.hasPrefix("~/") else {
            throw Refusal(advice: "give the whole path; only a shell understands ~")
        }
        var path = text[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        return String(path)
    }

    private static func currency(_ text: String) -> String? {
        let isCode = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isCode && text.utf8.count <= Limit.currencyBytesMax ? text.uppercased() : nil
    }

    /// The form only; whether there is such a zone is seen by who opens its file. The form keeps that a file of zones.
    private static func isTimeZone(_ text: String) -> Bool {
        text.utf8.count <= Limit.timeZoneBytesMax
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-".contains($0)) }
            }
    }

    /// The name becomes a folder in which every byte but letters, digits, `_` and `-` takes three.
    private static func bucket(_ text: String) throws(Refusal) -> String {
        let folderBytes = text.utf8.reduce(0) { sum, byte in
            let character = Character(Unicode.Scalar(byte))
            return sum + (byte < 128 && (character.isLetter || character.isNumber || "_-".contains(character)) ? 1 : 3)
        }
        guard folderBytes <= Limit.bucketFolderBytesMax else {
            let most = Limit.bucketFolderBytesMax
            throw Refusal(
                advice: "give a shorter name: its folder's name would have \(folderBytes) bytes, at most \(most)")
        }
        return text
    }

    /// Without white space at both ends, whole scalars: to Swift, `\r\n` is one character.
    static func trimmed(_ text: some StringProtocol) -> String {
        let scalars = text.unicodeScalars.drop { $0.properties.isWhitespace }
        let end = scalars.lastIndex { !$0.properties.isWhitespace }.map(scalars.index(after:)) ?? scalars.startIndex
        return String(String.UnicodeScalarView(scalars[..<end]))
    }
}
