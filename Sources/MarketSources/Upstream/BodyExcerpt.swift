import CoinlineBase

/// The beginning of a body, fit for a message: short, on one line, without control characters and without the key.
enum BodyExcerpt {
    /// Enough to recognise a proxy's page by, and little enough for a log line.
    static let bytesMax = 200

    /// Where a page's title is looked for.
    private static let titleBytesMax = 4_096

    /// How much is looked through for the key before it is cut.
    private static let windowBytes = 4_096

    /// Of a web page only its title, which says what the rest says in many words.
    static func text(_ body: [UInt8], hiding key: Secret) -> String {
        if let title = title(of: body) { return text("a web page titled \(title)", hiding: key) }
        var window = body.prefix(windowBytes)
        // A key that is cut by the window's end would not be recognised; hiding one makes the text shorter, so what is
        // behind the first `bytesMax` bytes may come into view.
        if window.count < body.count { window = window.dropLast(key.reveal().utf8.count) }
        return text(String(decoding: hide(key, in: Array(window)), as: UTF8.self), hiding: Secret(""))
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
        for scalar in String(decoding: hide(key, in: Array(text.utf8)), as: UTF8.self).unicodeScalars {
            let replacement = replacement(for: scalar)
            guard line.utf8.count + replacement.utf8.count <= bytesMax else { break }
            line.unicodeScalars.append(contentsOf: replacement.unicodeScalars)
        }
        return line
    }

    /// By bytes, since a combining mark behind the key would make its last character another one.
    private static func hide(_ key: Secret, in bytes: [UInt8]) -> [UInt8] {
        let secret = Array(key.reveal().utf8)
        // An empty key is everywhere, and one of a few letters is in ordinary words.
        guard secret.count >= 4 else { return bytes }
        var hidden: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: secret) {
                hidden += "‹redacted›".utf8
                index += secret.count
            } else {
                hidden.append(bytes[index])
                index += 1
            }
        }
        return hidden
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
