/// Something that goes wrong on purpose, written `[ENDPOINT=]KIND[:ARGUMENT][xCOUNT][@FIRST]`.
///
/// | kind | what the client sees |
/// |---|---|
/// | `401`, `403`, `429`, `500`, `503` … | an error body with that status; any of 400 to 599 |
/// | `429:30`, `429:30s` | with `Retry-After: 30`; of 5xx only the form with a unit, since `503:3` means three times |
/// | `429:date`, `503:date` | with `Retry-After` as a date 30 s ahead |
/// | `500:3` | three times, then fine: the same as `500x3` |
/// | `html`, `html:200` | a page of a proxy under 502, or under another status |
/// | `error200`, `error200:401` | the error body of 503, or of another code, under status 200 |
/// | `empty` | 200 and no body at all |
/// | `cut` | half of the body, as if it were whole |
/// | `truncated` | half of the body, then the connection breaks |
/// | `slow:2s` | the body in pieces, over two seconds of real time |
/// | `drop` | the connection is closed without an answer |
/// | `skew:120s`, `skew:-2m` | a `Date` that is wrong by so much |
///
/// `ENDPOINT` is one of the service's paths (`coins/list`); without it the fault meets every request. `xCOUNT` ends it
/// after so many requests, `@FIRST` begins it with the so-manyth: `coins/list=503x2@3` spoils pages three and four.
/// Faults are looked at in the order given: the first one that replaces the answer wins; `cut`, `truncated`, `slow` and
/// `skew` come on top. A replaced answer costs no credit.
public struct Fault: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case status(Int, retryAfter: RetryHint? = nil)
        case html(status: Int = 502)
        case errorUnder200(code: Int = 503)
        case empty
        case cut
        case truncated
        case slow(Duration)
        case drop
        case skew(Duration)
    }

    public enum RetryHint: Sendable, Equatable {
        case seconds(Int)
        /// A date 30 seconds ahead.
        case date
    }

    /// Nil meets every request.
    public var endpoint: Endpoint?
    public var kind: Kind
    /// The first matching request that it meets, counted from 1.
    public var first = 1
    /// How many it meets from there; nil for all.
    public var count: Int?

    public init(_ kind: Kind, endpoint: Endpoint? = nil, first: Int = 1, count: Int? = nil) {
        self.kind = kind
        self.endpoint = endpoint
        self.first = first
        self.count = count
    }

    /// How to write one, for the help of a command.
    public static let help = """
        [ENDPOINT=]KIND[:ARGUMENT][xCOUNT][@FIRST]
        kinds: a status (401, 429:30, 429:date, 500, 503:3 for three times), html[:STATUS], error200[:CODE], empty,
        cut, truncated, slow:TIME, drop, skew:TIME
        endpoints: \(Endpoint.allCases.map(\.name).joined(separator: ", "))
        examples: 429:30x2   coins/list=503:3   exchanges/list=drop@2   skew:-2m   slow:1500ms
        """
}

/// Why the text of a fault is none.
public struct FaultError: Error, Equatable, Sendable, CustomStringConvertible {
    public let text: String
    public let reason: Reason

    public enum Reason: Equatable, Sendable {
        case empty
        case unknownEndpoint(String)
        case unknownKind(String)
        case missingArgument(kind: String, allowed: String)
        case badArgument(kind: String, argument: String, allowed: String)
        case badNumber(String)
        case countTwice
    }

    public var description: String { "fault \"\(text)\": \(reasonText)" }

    private var reasonText: String {
        switch reason {
        case .empty: "nothing is given; \(Fault.help)"
        case .unknownEndpoint(let name):
            "there is no endpoint \"\(name)\"; give one of \(Endpoint.allCases.map(\.name).joined(separator: ", "))"
        case .unknownKind(let kind):
            "there is no fault \"\(kind)\"; give a status from 400 to 599, html, error200, empty, cut, truncated, slow,"
                + " drop or skew"
        case .missingArgument(let kind, let allowed): "\(kind) needs \(allowed)"
        case .badArgument(let kind, let argument, let allowed): "\"\(argument)\" after \(kind): give \(allowed)"
        case .badNumber(let part): "\"\(part)\" is no whole number from 1"
        case .countTwice: "two counts; give one of :N and xN"
        }
    }
}
