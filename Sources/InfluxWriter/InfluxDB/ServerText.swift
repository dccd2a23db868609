import CoinlineJSON

/// What a server said in words, found in whatever form it answered.
struct ServerText {
    /// As it came: for decisions and for the lines that it names, never to show.
    let full: String
    /// For people: one line, without control characters and secrets, at most ``shortBytesMax`` bytes.
    let short: String
    let isHTML: Bool
    /// Whether the answer is of a database at all, and not of something in between.
    let isOfDatabase: Bool

    static let shortBytesMax = 200

    init(_ answer: WriteReply.Answer, hiding secrets: [String]) {
        let body = String(decoding: answer.body, as: UTF8.self)
        let start = body.drop(while: \.isWhitespace)
        let header = answer.header("X-Influxdb-Error")
        isHTML = start.hasPrefix("<")
        var said: String?
        if start.hasPrefix("{") {
            said = Self.wholeJSON(answer.body) ?? (answer.isBodyCut ? Self.cutJSON(answer.body) : nil)
        }
        full = said ?? (body.isEmpty ? header ?? "" : body)
        isOfDatabase =
            said != nil || header != nil || answer.header("X-Influxdb-Version") != nil
            || full.hasPrefix("cannot process influx line protocol data")
        short = Self.clean(isHTML ? Self.title(of: body) : full, hiding: secrets)
    }

    /// One line of bounded length: blanks of any kind become one space, control characters `_`, secrets a mark.
    static func clean(_ text: String, hiding secrets: [String]) -> String {
        var line = ""
        var isBlank = false
        for scalar in hide(secrets, in: text).unicodeScalars {
            if scalar.properties.isWhitespace {
                isBlank = !line.isEmpty
                continue
            }
            let shown = isHarmless(scalar) ? String(scalar) : "_"
            guard line.utf8.count + shown.utf8.count + (isBlank ? 1 : 0) <= shortBytesMax else { return line + "…" }
            line += isBlank ? " " + shown : shown
            isBlank = false
        }
        return line
    }

    /// The whole text, with a mark in the place of each secret.
    static func hide(_ secrets: [String], in text: String) -> String {
        var text = text
        // A short one would be found everywhere; real ones are longer.
        for secret in secrets where secret.utf8.count >= 4 {
            // By scalars: a mark that combines with the last character of a secret makes another character of it.
            let parts = text.unicodeScalars.split(separator: secret.unicodeScalars, omittingEmptySubsequences: false)
            text = parts.map { String($0) }.joined(separator: "‹redacted›")
        }
        return text
    }

    /// The beginning of a line as a server repeats it.
    static func excerpt(of line: some Collection<UInt8>, hiding secrets: [String]) -> String {
        RejectedLine.excerpt(of: hide(secrets, in: String(decoding: line, as: UTF8.self)).utf8)
    }

    /// False for control characters and for those that change the direction of what follows on a terminal.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    /// `{"code":…,"message":…}` of InfluxDB 2, `{"error":…}` of InfluxDB 1.
    private static func wholeJSON(_ bytes: [UInt8]) -> String? {
        do {
            let root = try JSONCursor(bytes)
            for name in ["message", "error"] {
                if let member = try root.member(name), member.kind == .string { return try member.string() }
            }
            return nil
        } catch {
            // Not JSON after all: then it is shown as the text that it is.
            return nil
        }
    }

    /// The text of a JSON answer that was too long to be read to its end.
    private static func cutJSON(_ bytes: [UInt8]) -> String? {
        let keys = ["\"message\":\"", "\"error\":\""]
        guard let key = keys.lazy.compactMap({ bytes.firstRange(of: Array($0.utf8)) }).first else { return nil }
        return unescaped(bytes[key.upperBound...])
    }

    /// A JSON string's content up to its closing quote or the end of the bytes. What an escape at the end lacks is left
    /// out.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "b"): 0x08,
            UInt8(ascii: "f"): 0x0C,
        ]
        var out: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard let escape = rest.popFirst() else { break }
            if escape == UInt8(ascii: "u") {
                let digits = String(decoding: rest.prefix(4), as: UTF8.self)
                rest = rest.dropFirst(4)
                let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
                out += Array(String(scalar).utf8)
            } else {
                out.append(plain[escape] ?? escape)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// "an HTML page" with its title: the rest of such a page tells a person nothing.
    private static func title(of page: String) -> String {
        for (open, close) in [("<title>", "</title>"), ("<TITLE>", "</TITLE>")] {
            guard let start = page.firstRange(of: open)?.upperBound,
                let end = page[start...].firstRange(of: close)?.lowerBound
            else { continue }
            return "an HTML page, \"\(page[start..<end])\""
        }
        return "an HTML page"
    }
}
