import CoinlineBase
import LineProtocol

/// Why a server left out points of a write that it stored otherwise: the first reason, which is all that it tells.
enum RefusalReason: Sendable, Equatable {
    /// Of which field is told by `phrase`, which is compared with the fields of the batch: names may hold any text.
    case typeConflict(phrase: String, offered: FieldType, known: FieldType)
    /// Before the one or after the other.
    case outsideRetention(before: Timestamp?, after: Timestamp?)
    case stringTooLong(bytesMax: Int)
    case fieldNamedTime
    case unknown(String)

    private static let mark = "partial write: "
    private static let conflict = "field type conflict: "

    /// - Parameter words: all that the server said.
    init(_ words: String) {
        let start = words.firstRange(of: Self.mark)?.upperBound ?? words.startIndex
        let reason = words[start...]
        self =
            Self.typeConflict(reason) ?? Self.retention(reason) ?? Self.tooLong(reason)
            ?? (reason.hasPrefix("invalid field name: input field \"time\" on measurement ") ? .fieldNamedTime : nil)
            // Who took the words from the server hid what must not be shown.
            ?? .unknown(ServerText.clean(String(reason), hiding: []))
    }

    /// `field type conflict: input field "f" on measurement "m" is type float, already exists as type integer`
    private static func typeConflict(_ reason: Substring) -> RefusalReason? {
        guard reason.hasPrefix(conflict), let exists = lastRange(of: ", already exists as type ", in: reason),
            let offer = lastRange(of: " is type ", in: reason[..<exists.lowerBound]),
            let offered = FieldType(name: String(reason[offer.upperBound..<exists.lowerBound])),
            let known = FieldType(name: String(reason[exists.upperBound...].prefix { $0 != " " }))
        else { return nil }
        let phrase = reason[..<offer.lowerBound].dropFirst(conflict.count)
        return .typeConflict(phrase: String(phrase), offered: offered, known: known)
    }

    /// `dropped 2 points outside retention policy of duration 1h0m0s - oldest point r1 at … dropped because it violates
    /// a Retention Policy Lower Bound at …, newest point …`. InfluxDB 1 tells no bound.
    private static func retention(_ reason: Substring) -> RefusalReason? {
        if reason.hasPrefix("points beyond retention policy") { return .outsideRetention(before: nil, after: nil) }
        guard reason.hasPrefix("dropped "), reason.contains(" points outside retention policy") else { return nil }
        var (before, after): (Timestamp?, Timestamp?) = (nil, nil)
        // In a series' key a space has a backslash in front, so no name looks like this.
        for clause in reason.split(separator: " because it violates a ").dropFirst() {
            guard let place = clause.firstRange(of: " Bound at ") else { continue }
            let text = clause[place.upperBound...].prefix { $0 != "," && $0 != " " }
            guard let time = UTCTime(rfc3339: String(text)) else { continue }
            let bound = Timestamp(nanoseconds: time.nanoseconds)
            if clause[..<place.lowerBound].hasSuffix("Upper") {
                after = min(after ?? bound, bound)
            } else {
                before = max(before ?? bound, bound)
            }
        }
        return .outsideRetention(before: before, after: after)
    }

    /// `input field "v" on measurement "k" is too long, 1048577 > 1048576`
    private static func tooLong(_ reason: Substring) -> RefusalReason? {
        guard reason.hasPrefix("input field "), let mark = lastRange(of: " is too long, ", in: reason) else {
            return nil
        }
        let numbers = reason[mark.upperBound...].split(separator: " ")
        guard numbers.count >= 3, numbers[1] == ">", let bytesMax = Int(numbers[2]) else { return nil }
        return .stringTooLong(bytesMax: bytesMax)
    }

    private static func lastRange(of text: String, in reason: Substring) -> Range<Substring.Index>? {
        reason.ranges(of: text).last
    }

    /// Whether the phrase of a conflict names this field: as it is, or quoted as Go does it.
    static func names(_ phrase: String, field: String, measurement: String) -> Bool {
        func sentence(_ quote: (String) -> String) -> String {
            "input field \(quote(field)) on measurement \(quote(measurement))"
        }
        let wanted = phrase.utf8
        return wanted.elementsEqual(sentence { "\"\($0)\"" }.utf8)
            || wanted.elementsEqual(
                sentence { "\"\($0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"" }.utf8)
    }
}
