import CoinlineBase

/// The beginning of a body, fit for a message: short, on one line, without control characters and without the key.
enum BodyExcerpt {
    /// Enough to recognise a proxy's page by, and little enough for a log line.
    static let bytesMax = 200

    /// Where a page's title is looked for.
    private static let titleBytesMax = 4_096

    /// Of a web page only its title, which says what the rest says in many words.
    static func text(_ body: [UInt8], hiding key: Secret) -> String {
        if let title = title(of: body) { return text("a web page titled \(title)", hiding: key) }
        return text(String(decoding: body.prefix(bytesMax + keyRoom(key)), as: UTF8.self), hiding: key)
    }

    private static func title(of body: [UInt8]) -> String? {
        guard body.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") else { return nil }
        let page = String(decoding: body.prefix(titleBytesMax), as: UTF8.self)
        guard let begin = page.firstRange(of: "<title>"), let end = page[begin.upperBound...].firstRange(of: "</title>")
        else { return nil }
        return String(page[begin.upperBound..<end.lowerBound])
    }

    static func text(_ text: String, hiding key: Secret) -> String {
        var line = ""
        for scalar in hide(key, in: text).unicodeScalars {
            let replacement = replacement(for: scalar)
            guard line.utf8.count + replacement.utf8.count <= bytesMax else { break }
            line.unicodeScalars.append(contentsOf: replacement.unicodeScalars)
        }
        return line
    }

    /// A key that begins before the cut must be seen whole to be hidden.
    private static func keyRoom(_ key: Secret) -> Int {
        key.reveal().utf8.count
    }

    private static func hide(_ key: Secret, in text: String) -> String {
        let secret = key.reveal()
        // An empty key is everywhere, and one of a few letters is in ordinary words.
        guard secret.utf8.count >= 4 else { return text }
        return text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "‹redacted›")
    }

    private static func replacement(for scalar: Unicode.Scalar) -> String {
        if scalar == "\n" || scalar == "\t" || scalar == "\r" { return " " }
        switch scalar.properties.generalCategory {
        // Format characters among them turn the direction of a line around.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: return "_"
        default: return String(Character(scalar))
        }
    }
}
