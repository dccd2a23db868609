/// A word as a person can paste it into a shell.
public enum ShellText {
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=@%+,-".utf8)

    /// As it is where the shell leaves it alone, else in single quotes.
    public static func quoted(_ word: String) -> String {
        if !word.isEmpty, word.utf8.allSatisfy(plain.contains) { return word }
        // Byte by byte, as a shell reads: a quote and an accent behind it are one character, but the quote ends the word.
        let quote = UInt8(ascii: "'")
        let bytes = word.utf8.flatMap { $0 == quote ? Array(#"'\''"#.utf8) : [$0] }
        return "'" + String(decoding: bytes, as: UTF8.self) + "'"
    }

    /// The same for a path, which must not be taken for an option.
    static func quoted(path: String) -> String {
        quoted(path.utf8.first == UInt8(ascii: "-") ? "./" + path : path)
    }
}
