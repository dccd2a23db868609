import CoinlineBase

/// What a setting holds and within which bounds.
public enum SettingKind: Sendable, Hashable {
    /// Any text without control characters.
    case text
    /// A key or token.
    case secret
    /// The base address of an HTTP service.
    case url
    case integer(ClosedRange<Int>)
    case boolean
    /// One of these words, in any case; they are written here as they are kept.
    case choice([String])
    /// Codes of coins between commas.
    case codes
    /// Names of destinations between commas.
    case destinations
    /// A file or folder.
    case path
    /// A length of time such as `30d`, `12h`, `1d12h`.
    case duration(ClosedRange<Duration>)
    /// One of these words, or a length of time.
    case choiceOrDuration([String], ClosedRange<Duration>)
    /// A number of bytes such as `512MiB`.
    case size(ClosedRange<Int>)
    /// The code of a quote currency.
    case currency
    /// A name of the time zone database.
    case timeZone
    /// An InfluxDB bucket; for the 1.x API a database, or database and retention policy.
    case bucket
    /// The text of a `TestClock`.
    case testClock

    /// Numbers without an upper bound of their own end here, so that no product with a unit overflows.
    static let unbounded = Int(Int32.max)

    /// What may be given, so that "give …" makes a sentence.
    public var allowed: String {
        switch self {
        case .text: "text"
        case .secret: "text without control characters"
        case .url: "an address such as http://localhost:8086 or https://host/path"
        case .integer(let range) where range.upperBound == Self.unbounded:
            "a whole number, \(range.lowerBound) or more"
        case .integer(let range): "a whole number, \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let words): WordList.or(words)
        case .codes: "codes of coins, separated by commas"
        case .destinations:
            "names of a–z, 0–9, _ and -, 1 to \(Limit.destinationBytesMax), separated by commas; not main or store"
        case .path: "a path"
        case .duration(let range): Self.durations(range, examples: "90s, 12h or 30d")
        case .choiceOrDuration(let words, let range): WordList.or(words + [Self.durations(range, examples: "5s or 1m")])
        case .size(let range):
            "a size such as 512KiB or 4MiB, \(SizeText.text(of: range.lowerBound)) to "
                + SizeText.text(of: range.upperBound)
        case .currency: "the code of a currency: letters, digits and underscores, 1 to \(Limit.currencyBytesMax)"
        case .timeZone: "the name of a time zone such as UTC or Europe/Berlin"
        case .bucket: "a name without control characters"
        case .testClock: "start:<time>,at:<Unix milliseconds>,speed:<number>"
        }
    }

    private static func durations(_ range: ClosedRange<Duration>, examples: String) -> String {
        "a length of time such as \(examples), "
            + "\(DurationText.text(of: range.lowerBound)) to \(DurationText.text(of: range.upperBound))"
    }
}

/// The bounds on what is read, with their reasons.
enum Limit {
    /// Longer than any key, address or path; what is longer is a file given by mistake.
    static let valueBytesMax = 8 << 10
    /// The longest code in the upstream's list of currencies has 5 characters, of its coins about 30.
    static let currencyBytesMax = 16
    static let codeBytesMax = 64
    /// Each tracked coin costs a request for history; a thousand of them is more than a day's credits allow.
    static let codesMax = 1_000
    /// Each has an outbox, a thread and connections of its own.
    static let destinationsMax = 16
    static let destinationBytesMax = 32
    /// The main destination and the embedded store.
    static let destinationsTaken = ["main", "store"]
    /// A file name has at most 255 bytes; the rest is for the names of temporaries beside it.
    static let bucketFolderBytesMax = 200
    /// The longest name in the time zone database has 32.
    static let timeZoneBytesMax = 64
    /// All values of one `.env` together, after expansion: `${A}${A}` doubles with every line.
    static let envFileValuesBytesMax = 1 << 20
    /// What a message shows of a value.
    static let shownCharactersMax = 80
}
