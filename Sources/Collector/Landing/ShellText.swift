/// A word as a person can paste it into a shell.
public enum ShellText {
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=@%+,-".utf8)

    /// As it is where the shell leaves it alone, else in single quotes.
    public static func quoted(_ word: String) -> String {
        if !word.isEmpty, word.utf8.allSatisfy(plain.contains) { return word }
        let parts = word.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: #"'\''"#) + "'"
    }

    /// The same for a path, which must not be taken for an option.
    static func quoted(path: String) -> String {
        quoted(path.hasPrefix("-") ? "./" + path : path)
    }
}
