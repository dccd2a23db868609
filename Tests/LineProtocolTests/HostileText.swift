import TestKit

/// Texts that are hard to write.
enum HostileText {
    /// What breaks encoders that walk characters, and what means something in a line.
    static let pieces: [String] = [
        ",", " ", "=", "\\", "\"", "\n", "\r\n", "\t", "\u{0}", "\u{1B}", "\u{7F}", "#", "\u{301}", "\u{200D}",
        "\u{FEFF}",
        "\u{202E}", "\u{2066}", "\u{85}", "\u{2028}", "\u{FE0F}", "\u{1F468}\u{200D}\u{1F469}", "\u{212A}", "e\u{301}",
        ",\u{301}", "=\u{200D}", "\"\u{20D0}", "\\\u{301}", "\u{FFFD}", "\u{10FFFF}", "عربى", "日本", "_", "\\n", "\\,",
        "\\=", "\\ ", "\\\"", "\"=", "\",", "=\"",
    ]

    /// Up to `countMax` letters and pieces, with `mark` somewhere among them.
    static func text(_ countMax: Int, around mark: String = "", using random: inout SeededGenerator) -> String {
        var parts = (0..<Int.random(in: 0...countMax, using: &random)).map { _ in
            Int.random(in: 0..<3, using: &random) == 0
                ? pieces[Int.random(in: pieces.indices, using: &random)]
                : String(Unicode.Scalar(UInt8.random(in: 0x61...0x7A, using: &random)))
        }
        parts.insert(mark, at: Int.random(in: 0...parts.count, using: &random))
        return parts.joined()
    }
}
