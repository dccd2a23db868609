/// The sentences of replies: what happened, and what a person can do.
struct ReplyWords {
    let context: WriteReply.Context
    let status: Int
    let text: ServerText

    /// What the server said, as an addition: " (503: …)".
    private var said: String {
        text.short.isEmpty ? " (status \(status))" : " (\(status): \(text.short))"
    }

    private var bucket: String { quoted(context.bucket.name) }
    private var organization: String { context.organization.map(quoted) ?? "that is set" }

    var noWriteAnswer: String {
        "\(context.origin) answered, but not as a database does that stored something\(said): is the address right?"
    }

    func redirect(to location: String?) -> String {
        let target = location.map { ServerText.clean(Self.withoutSecrets($0), hiding: context.hiddenTexts) }
        let there = target.map { " to \($0)" } ?? ""
        return "\(context.origin) redirects\(there) (status \(status)): set the address to where the database itself is"
    }

    var unauthorized: String {
        switch (context.hasToken, context.api) {
        case (false, .v1): "\(context.origin) asks for user and password, and none are set\(said)"
        case (false, .v2), (false, .v3): "\(context.origin) asks for a token, and none is set\(said)"
        case (true, .v1): "\(context.origin) refuses user and password\(said): check them"
        case (true, .v2), (true, .v3):
            "\(context.origin) does not know the token\(said): use a token of this server"
        }
    }

    var forbidden: String {
        if text.full.contains("inactive") {
            return "the token, or who owns it, is inactive\(said): activate it or use another"
        }
        switch context.api {
        case .v1: return "this user may not write to the database \(database)\(said): grant the right to write"
        case .v2: return "the token may not write to the bucket \(bucket)\(said): use one with the right to write there"
        case .v3:
            return "the token may not write to the database \(database)\(said): use one with the right to write there"
        }
    }

    var missingBucket: String {
        context.bucket.name.isEmpty
            ? "no bucket is named\(said)"
            : "the bucket \(bucket) does not exist, or the token has no right to it\(said): "
                + "create it or correct the name"
    }

    var missingOrganization: String {
        context.organization == nil
            ? "\(context.origin) needs the name of an organisation, and none is set\(said)"
            : "the organisation \(organization) does not exist, or the token is not of it\(said): correct the name"
    }

    var missingDatabase: String {
        "the database \(database) does not exist\(said): create it or correct the name"
    }

    var impossibleDatabase: String {
        "\(context.origin) takes no database of the name \(database)\(said): "
            + "use letters, digits, - and _, with a letter or digit first"
    }

    var limitReached: String {
        "nothing was stored: a limit of the server is reached\(said)"
    }

    /// - Parameter reason: what the server said of one of the refused lines.
    func limitReached(as reason: String?) -> String {
        "not all lines were stored: a limit of the server is reached (\(status): \(reason ?? text.short)): "
            + "raise it and send all of them again, which stores over themselves those that are there"
    }

    var missingPolicy: String {
        let policy = WriteRequests.database(of: context.bucket).policy.map(quoted) ?? "asked for"
        return "the database \(database) has no retention policy \(policy)\(said): create it or correct the name"
    }

    var missingPath: String {
        let others =
            switch context.api {
            case .v1: "v2"
            case .v2: "v1"
            case .v3: "v2 or v1"
            }
        return "\(context.origin) answers, but knows no \(context.path)\(said): correct the address"
            + ", or use the API \(others) if that is what the server speaks"
    }

    var missingSomething: String {
        "\(context.origin) did not find what the write is for\(said): "
            + "check the address, the organisation and the bucket"
    }

    var tooLarge: String { "the server takes no request of this size\(said): smaller batches may pass" }
    var overloaded: String { "the server asks to wait\(said)" }
    var failed: String { "the server failed to answer the write\(said): its log may tell why" }
    var unexpected: String { "\(context.origin) answered a write in an unknown way\(said)" }

    /// Of a check: what is known and what is not.
    var seenAsInfluxDB3: String {
        let taken = context.hasToken ? "refuses neither the token nor" : "does not refuse"
        return "\(context.origin) speaks the API of InfluxDB 3 and \(taken) the name of the database \(database); "
            + "not proved are the right to write to it and that it exists: the first points make it where there is none"
    }

    /// Of a check: one that takes any name looks at none.
    var looksAtNoName: String {
        "\(context.origin) answers a write to any database alike\(said), as InfluxDB 3 does not: "
            + "is the address right?"
    }

    /// Of a check: a line that cannot be read was taken.
    var readsNoLine: String {
        "\(context.origin) takes a line that is no line protocol\(said), as InfluxDB 3 does not: is the address right?"
    }

    /// Of a check over the API of InfluxDB 1 or 2.
    var isInfluxDB3: String {
        "\(context.origin) answers an empty write as InfluxDB 3 does\(said): write to it over its own API, v3"
    }

    func rejected(_ lines: [RejectedLine]) -> String {
        guard let first = lines.first else { return "nothing was stored\(said)" }
        return "nothing was stored: the server could not read \(count(lines)), the first because of: \(first.reason)"
    }

    func partial(_ lines: [RejectedLine], _ refused: RefusedCount) -> String {
        let count = (refused.isAtLeast ? "at least " : "") + (refused.lines == 1 ? "1 line" : "\(refused.lines) lines")
        guard let first = lines.first else { return "stored but for \(count)\(said)" }
        return "stored but for \(count), the first because of: \(first.reason)"
    }

    private var database: String {
        quoted(context.api == .v1 ? WriteRequests.database(of: context.bucket).name : context.bucket.name)
    }

    private func count(_ lines: [RejectedLine]) -> String {
        lines.count == 1 ? "1 line" : "\(lines.count) lines"
    }

    private func quoted(_ name: String) -> String {
        "\"\(ServerText.clean(name, hiding: []))\""
    }

    /// A redirect's target without user, password, query and fragment.
    private static func withoutSecrets(_ location: String) -> String {
        var target = location.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = target.firstRange(of: "//") else { return String(target) }
        let authority = target[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(target) }
        target.removeSubrange(scheme.upperBound...at)
        return String(target)
    }
}
