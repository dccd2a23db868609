public import CoinlineJSON
public import MarketData

/// Turns the service's answers into market data. Pure.
///
/// An answer of another shape than its call gives is an error; a bad record in a list is left out and noted, and so is
/// a bad value of a record. Deliberately not read: `color`, the icon addresses (`png32` …), `links`, `categories`, and
/// `totalCap`, which is documented and was never seen.
public enum LiveCoinWatchAnswers {
    /// `/coins/list` and `/coins/map`.
    public static func coins(_ bytes: [UInt8]) throws(JSONError) -> Decoded<[Coin]> {
        try coins(JSONCursor(bytes, name: "coins"))
    }

    /// `/coins/single`, which does not say whose answer it is: `code` is the one that was asked for.
    public static func coin(_ bytes: [UInt8], code: String) throws(JSONError) -> Decoded<Coin> {
        try coin(JSONCursor(bytes, name: "coin"), code: code)
    }

    /// `/coins/contract`, which says whose answer it is: a wrapped token resolves to the coin behind it.
    public static func coinByContract(_ bytes: [UInt8]) throws(JSONError) -> Decoded<Coin> {
        try coin(JSONCursor(bytes, name: "coin"), code: nil)
    }

    /// `/coins/single/history`.
    public static func coinHistory(_ bytes: [UInt8], code: String) throws(JSONError) -> Decoded<CoinHistory> {
        try coinHistory(JSONCursor(bytes, name: "coin"), code: code)
    }

    /// `/exchanges/list`.
    public static func exchanges(_ bytes: [UInt8]) throws(JSONError) -> Decoded<[Exchange]> {
        try exchanges(JSONCursor(bytes, name: "exchanges"))
    }

    /// `/exchanges/single`.
    public static func exchange(_ bytes: [UInt8]) throws(JSONError) -> Decoded<Exchange> {
        try exchange(JSONCursor(bytes, name: "exchange"))
    }

    /// `/overview`: an object, or an array with it as its first element, which some have seen.
    public static func overview(_ bytes: [UInt8]) throws(JSONError) -> Decoded<MarketOverview> {
        try overview(JSONCursor(bytes, name: "overview"))
    }

    /// `/overview/history`: an array, unlike a coin's history.
    public static func overviewHistory(_ bytes: [UInt8]) throws(JSONError) -> Decoded<[MarketOverviewEntry]> {
        try overviewHistory(JSONCursor(bytes, name: "overviews"))
    }

    /// `/credits`.
    public static func credits(_ bytes: [UInt8]) throws(JSONError) -> Decoded<Credits> {
        try credits(JSONCursor(bytes, name: "credits"))
    }

    /// `/status`: any object that is no error.
    public static func status(_ bytes: [UInt8]) throws(JSONError) {
        _ = try JSONCursor(bytes, name: "status").members()
    }

    /// `/fiats/all`.
    public static func fiats(_ bytes: [UInt8]) throws(JSONError) -> Decoded<[Fiat]> {
        try fiats(JSONCursor(bytes, name: "fiats"))
    }

    /// `/platforms/all`.
    public static func platforms(_ bytes: [UInt8]) throws(JSONError) -> Decoded<[Platform]> {
        try platforms(JSONCursor(bytes, name: "platforms"))
    }

    // MARK: Helpers of all

    /// Reads each element of an array on its own; nil leaves it out.
    static func list<Value>(
        _ root: JSONCursor, _ read: (RecordReader, inout Skips) -> Value?
    ) throws(JSONError) -> Decoded<[Value]> {
        var skips = Skips()
        var values: [Value] = []
        let elements = try root.elements()
        values.reserveCapacity(elements.count)
        for element in elements {
            guard let record = RecordReader(element, skips: &skips) else { continue }
            if let value = read(record, &skips) { values.append(value) }
        }
        return Decoded(values, skips, recordCount: elements.count)
    }

    /// Reads an answer that is one record; where that cannot be used, the whole answer cannot.
    static func one<Value>(
        _ root: JSONCursor, _ read: (RecordReader, inout Skips) -> Value?, orElse missing: String
    ) throws(JSONError) -> Decoded<Value> {
        var skips = Skips()
        guard root.kind == .object, let record = RecordReader(root, skips: &skips) else {
            throw root.error(.wrongKind(expected: .object, found: root.kind))
        }
        guard let value = read(record, &skips) else { throw root.error(.missingMember(missing)) }
        return Decoded(value, skips)
    }

    /// The code of a record, without which it has no series; nil notes the record as left out.
    static func code(of record: RecordReader, _ skips: inout Skips) -> String? {
        guard let value = record.value("code") else {
            record.leaveOut(because: .missingMember("code"), &skips)
            return nil
        }
        guard let text = try? value.string() else {
            skips.add(value, .wrongKind(expected: .string, found: value.kind), isRecord: true)
            return nil
        }
        let code = TagText.trim(text)
        guard !code.isEmpty else {
            skips.add(value, "expected a code, found a blank text", isRecord: true)
            return nil
        }
        return code
    }
}
