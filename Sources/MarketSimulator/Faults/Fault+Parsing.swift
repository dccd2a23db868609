extension Fault {
    /// Reads one fault; what can be written is in the type's own comment.
    public init(_ text: String) throws(FaultError) {
        var parser = FaultParser(text)
        self = try parser.fault()
    }
}

/// Takes the text of a fault apart from its ends towards its middle.
private struct FaultParser {
    private let text: String
    private var rest: Substring
    /// From `:N` after a 5xx.
    private var burst: Int?

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    mutating func fault() throws(FaultError) -> Fault {
        guard !text.isEmpty else { throw error(.empty) }
        let endpoint = try endpoint()
        let first = try number(behind: "@") ?? 1
        let count = try number(behind: "x")
        let kind = try kind()
        if burst != nil, count != nil { throw error(.countTwice) }
        return Fault(kind, endpoint: endpoint, first: first, count: count ?? burst)
    }

    private mutating func endpoint() throws(FaultError) -> Endpoint? {
        guard let equals = rest.firstIndex(of: "=") else { return nil }
        let name = String(rest[..<equals])
        rest = rest[rest.index(after: equals)...]
        if name == "*" { return nil }
        guard let endpoint = Endpoint(rawValue: name.hasPrefix("/") ? name : "/" + name) else {
            throw error(.unknownEndpoint(name))
        }
        return endpoint
    }

    /// A number at the end, behind a sign that occurs in no kind and no argument.
    private mutating func number(behind sign: Character) throws(FaultError) -> Int? {
        guard let start = rest.lastIndex(of: sign) else { return nil }
        let digits = rest[rest.index(after: start)...]
        guard let number = Self.wholeNumber(digits), number >= 1 else {
            throw error(.badNumber(String(rest[start...])))
        }
        rest = rest[..<start]
        return number
    }

    private mutating func kind() throws(FaultError) -> Fault.Kind {
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let argument = parts.count > 1 ? String(parts[1]) : nil
        switch name {
        case "": throw error(.empty)
        case "html": return .html(status: try status(name, argument, default: 502, in: 200...599))
        case "error200": return .errorUnder200(code: try status(name, argument, default: 503, in: 400...599))
        case "empty", "cut", "truncated", "drop":
            if let argument { throw bad(name, argument, "nothing") }
            return Self.simple(name)
        case "slow":
            let duration = try duration(name, argument)
            guard duration > .zero else { throw bad(name, argument ?? "", "a time above zero") }
            return .slow(duration)
        case "skew": return .skew(try duration(name, argument))
        default: return try statusKind(name, argument)
        }
    }

    private static func simple(_ name: String) -> Fault.Kind {
        switch name {
        case "empty": .empty
        case "cut": .cut
        case "truncated": .truncated
        default: .drop
        }
    }

    private mutating func statusKind(_ name: String, _ argument: String?) throws(FaultError) -> Fault.Kind {
        guard let status = Self.wholeNumber(name[...]), (400...599).contains(status) else {
            throw error(.unknownKind(name))
        }
        guard let argument else { return .status(status) }
        if argument == "date" { return .status(status, retryAfter: .date) }
        if let number = Self.wholeNumber(argument[...]) {
            if status < 500 { return .status(status, retryAfter: .seconds(number)) }
            guard number >= 1 else { throw error(.badNumber(argument)) }
            burst = number
            return .status(status)
        }
        guard let wait = Self.duration(argument), wait >= .zero else {
            throw bad(name, argument, "seconds to wait (30 or 30s), date" + (status < 500 ? "" : ", or how many times"))
        }
        return .status(status, retryAfter: .seconds(Int(wait.components.seconds)))
    }

    // MARK: Arguments

    private func status(
        _ kind: String, _ argument: String?, default status: Int, in range: ClosedRange<Int>
    ) throws(FaultError) -> Int {
        guard let argument else { return status }
        guard let status = Self.wholeNumber(argument[...]), range.contains(status) else {
            throw bad(kind, argument, "a status from \(range.lowerBound) to \(range.upperBound)")
        }
        return status
    }

    private func duration(_ kind: String, _ argument: String?) throws(FaultError) -> Duration {
        let allowed = "a time such as 2s, 500ms or 3m"
        guard let argument else { throw error(.missingArgument(kind: kind, allowed: allowed)) }
        guard let duration = Self.duration(argument) else { throw bad(kind, argument, allowed) }
        return duration
    }

    /// `2s`, `500ms`, `3m`, `1h`, with a sign in front or not.
    private static func duration(_ text: String) -> Duration? {
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let digits = unsigned.prefix { $0.isASCII && $0.isNumber }
        // A year is more than any test wants and far from any overflow.
        guard let number = wholeNumber(digits), number <= 366 * 86_400_000 else { return nil }
        let milliseconds: Int
        switch unsigned.dropFirst(digits.count) {
        case "ms": milliseconds = number
        case "s": milliseconds = number * 1_000
        case "m": milliseconds = number * 60_000
        case "h": milliseconds = number * 3_600_000
        default: return nil
        }
        return .milliseconds(isNegative ? -milliseconds : milliseconds)
    }

    /// Digits only: `Int` itself would take a sign.
    private static func wholeNumber(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    // MARK: Errors

    private func bad(_ kind: String, _ argument: String, _ allowed: String) -> FaultError {
        error(.badArgument(kind: kind, argument: argument, allowed: allowed))
    }

    private func error(_ reason: FaultError.Reason) -> FaultError { FaultError(text: text, reason: reason) }
}
