import CoinlineJSON

/// Counted things in words.
public enum Plural {
    /// "1 point", "2 points".
    public static func points(_ count: Int) -> String {
        count == 1 ? "1 point" : "\(count) points"
    }

    /// "1 point is", "2 points are".
    static func pointsAre(_ count: Int) -> String {
        points(count) + (count == 1 ? " is" : " are")
    }
}

/// How a refused line is told: its beginning, which names the series, and the reason.
enum RefusalText {
    private static let lineCharactersMax = 80

    static func text(_ line: String, _ reason: String) -> String {
        let head = line.prefix(lineCharactersMax)
        return "\(head)\(head.count < line.count ? "…" : ""): \(reason)"
    }
}

// What the summaries of runs and of loads have in common.

extension LandingCounts {
    /// What was not acknowledged, for a person, one fact a line.
    func lines(refusals: [String]) -> [String] {
        var lines = changed.map { ["changed       \($0)"] } ?? []
        lines.append("refused       \(isRefusedAtLeast ? "at least " : "")\(refused)")
        lines += refusals.map { "              \($0)" }
        lines.append("kept          " + (kept > 0 ? "\(Plural.points(kept)) on disk, to be sent later" : "0"))
        if lost > 0 { lines.append("lost          \(Plural.points(lost))") }
        return lines
    }

    /// What the encoder had to change, in words; nil for nothing.
    private var changed: String? {
        let parts = [
            (textsReplaced, "text replaced", "texts replaced"), (fieldsDropped, "field dropped", "fields dropped"),
            (tagsDropped, "tag dropped", "tags dropped"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
        return parts.isEmpty ? nil : parts.joined(separator: ", ") + " (no line of line protocol can hold them)"
    }

    /// The counts as members of the open object.
    func append(to out: inout JSONWriter) {
        out.member("points_offered", offered)
        out.member("points_acknowledged", acknowledged)
        out.member("points_refused", refused)
        out.member("points_kept", kept)
        out.member("points_lost", lost)
        out.member("points_refused_is_at_least", isRefusedAtLeast)
        out.member("texts_replaced", textsReplaced)
        out.member("fields_dropped", fieldsDropped)
        out.member("tags_dropped", tagsDropped)
    }
}

extension KeptFile {
    private enum Shown {
        /// Files named one by one in the command that sends them.
        static let inCommand = 3
        static let inList = 10
    }

    /// Which files hold what was kept, why, and how to send them; a reason is said once.
    ///
    /// - Parameter loadCommand: what the person types in front of the files.
    static func lines(_ files: [KeptFile], loadCommand: String) -> [String] {
        var reasons: [String] = []
        for file in files where !reasons.contains(file.reason) { reasons.append(file.reason) }
        return reasons.flatMap { reason in
            lines(files.filter { $0.reason == reason }, because: reason, loadCommand)
        }
    }

    private static func lines(_ files: [KeptFile], because reason: String, _ loadCommand: String) -> [String] {
        let count = Plural.pointsAre(files.reduce(0) { $0 + $1.lines })
        if files.count == 1 {
            let path = files[0].path
            return [
                "error: \(count) kept in \(path): \(reason)",
                "       send with: \(loadCommand) \(ShellText.quoted(path: path))",
            ]
        }
        var lines = ["error: \(count) kept in \(files.count) files: \(reason)"]
        lines += files.prefix(Shown.inList).map { "       \($0.path)" }
        if files.count > Shown.inList { lines.append("       … and \(files.count - Shown.inList) more") }
        return lines + ["       send with: \(loadCommand) \(words(files))"]
    }

    /// The files as words of a shell: one by one, or all batches of their folder.
    private static func words(_ files: [KeptFile]) -> String {
        let folders = Set(files.map(\.folder))
        guard files.count > Shown.inCommand, let folder = folders.first, folders.count == 1 else {
            return files.map { ShellText.quoted(path: $0.path) }.joined(separator: " ")
        }
        return ShellText.quoted(path: folder) + "/*.lp.gz"
    }

    private var folder: String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    static func append(_ files: [KeptFile], to out: inout JSONWriter) {
        out.key("kept_files")
        out.beginArray()
        for file in files {
            out.beginObject()
            out.member("path", file.path)
            out.member("lines", file.lines)
            out.member("reason", file.reason)
            out.endObject()
        }
        out.endArray()
    }
}

extension JSONWriter {
    /// A member that is an array of texts.
    mutating func member(_ key: String, _ texts: [String]) {
        self.key(key)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }

    /// A member that is null where there is nothing to say.
    mutating func member(_ key: String, optional text: String?) {
        self.key(key)
        if let text { value(text) } else { null() }
    }

    mutating func member(_ key: String, optional number: Int64?) {
        self.key(key)
        if let number { value(number) } else { null() }
    }
}
