/// Makes values fit to be shown: one line, not too long, without any secret that is known.
enum ShownText {
    /// Control characters and those that turn the direction of text are escaped, and a long text is cut.
    static func clean(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isLong = scalars.count > Limit.shownCharactersMax
        return isLong ? escaped(scalars.prefix(Limit.shownCharactersMax)) + "…" : escaped(scalars)
    }

    /// The whole text on one line.
    static func escaped(_ text: String) -> String {
        escaped(text.unicodeScalars)
    }

    private static func escaped(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        scalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    /// In quotes, those inside escaped.
    static func quoted(_ text: String) -> String {
        "\"" + clean(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
    }
}

/// Takes known secrets out of other values: `${LCW_API_KEY}` can put one anywhere.
struct Redactor: Sendable {
    /// Longest first, so that a secret inside another leaves nothing of the longer one.
    private let secrets: [[UInt8]]

    /// Shorter ones would be found in ordinary words; no real key or token is that short.
    private static let secretBytesMin = 6

    init(secrets: some Sequence<String>) {
        let parts = secrets.flatMap { secret in
            // Of `user:password` the password alone is a secret too.
            [secret] + secret.split(separator: ":", maxSplits: 1).dropFirst().map(String.init)
        }
        self.secrets = Set(parts).map { Array($0.utf8) }
            .filter { $0.count >= Self.secretBytesMin }
            .sorted { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count > $1.count }
    }

    func clean(_ text: String) -> String {
        secrets.reduce(text) { Self.removing($1, from: $0) }
    }

    /// By bytes, since to Swift a combining mark behind a secret would make it a different text.
    private static func removing(_ secret: [UInt8], from text: String) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place...].starts(with: secret) {
                out += Array("…".utf8)
                place += secret.count
            } else {
                out.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
