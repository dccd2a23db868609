import CoinlineJSON
import MarketData

/// Reads one record of an answer so that a value which does not fit costs that value only.
///
/// Missing and null are the same: no value. A number may be written as an integer, with a fraction or an exponent, or
/// as a string of those. What does not fit is noted with its path, and reads as no value.
struct RecordReader {
    private let cursor: JSONCursor
    private let members: [String: JSONCursor]

    /// Nil, and noted as a record left out, for anything but an object.
    init?(_ cursor: JSONCursor, isRecord: Bool = true, skips: inout Skips) {
        do throws(JSONError) {
            let members = try cursor.members().lazy.map { ($0.name, $0.value) }
            self.members = Dictionary(members, uniquingKeysWith: { first, _ in first })
            self.cursor = cursor
        } catch {
            skips.add(cursor, error.reason, isRecord: isRecord)
            return nil
        }
    }

    /// The member's cursor, unless it is missing or null.
    func value(_ name: String) -> JSONCursor? {
        guard let value = members[name], !value.isNull else { return nil }
        return value
    }

    func number(_ name: String, _ skips: inout Skips) -> Double? {
        read(name, &skips) { value throws(JSONError) in
            guard value.kind == .string else { return try value.double() }
            return try Self.double(in: value)
        }
    }

    /// A whole number that fits 64 bits: `3`, `3.0`, `3e2`, `"3"`.
    func integer(_ name: String, _ skips: inout Skips) -> Int64? {
        read(name, &skips) { value throws(JSONError) in
            guard value.kind == .string else { return try value.int64() }
            let number = try Self.double(in: value)
            if let whole = Int64(TagText.trim(try value.string())) { return whole }
            guard let whole = Int64(exactly: number) else { throw value.error(.notWhole) }
            return whole
        }
    }

    /// A count or a number of days: a whole number that is not negative.
    func count(_ name: String, _ skips: inout Skips) -> Int64? {
        integer(name, atLeast: 0, "no negative number", &skips)
    }

    /// A rank: from 1.
    func rank(_ name: String, _ skips: inout Skips) -> Int64? {
        integer(name, atLeast: 1, "a rank from 1", &skips)
    }

    private func integer(
        _ name: String, atLeast least: Int64, _ expected: String, _ skips: inout Skips
    ) -> Int64? {
        guard let number = integer(name, &skips), let value = value(name) else { return nil }
        guard number >= least else {
            skips.add(value, "expected \(expected)")
            return nil
        }
        return number
    }

    func text(_ name: String, _ skips: inout Skips) -> String? {
        read(name, &skips) { value throws(JSONError) in try value.string() }
    }

    func boolean(_ name: String, _ skips: inout Skips) -> Bool? {
        read(name, &skips) { value throws(JSONError) in try value.boolean() }
    }

    func record(_ name: String, _ skips: inout Skips) -> RecordReader? {
        value(name).flatMap { RecordReader($0, isRecord: false, skips: &skips) }
    }

    /// The strings of an array; a missing one is empty.
    func texts(_ name: String, _ skips: inout Skips) -> [String] {
        guard let value = value(name) else { return [] }
        guard let elements = try? value.elements() else {
            skips.add(value, .wrongKind(expected: .array, found: value.kind))
            return []
        }
        return elements.compactMap { element in
            guard let text = try? element.string() else {
                skips.add(element, .wrongKind(expected: .string, found: element.kind))
                return nil
            }
            return text
        }
    }

    /// Notes the whole record as left out.
    func leaveOut(because reason: JSONError.Reason, _ skips: inout Skips) {
        skips.add(cursor, reason, isRecord: true)
    }

    private func read<Value>(
        _ name: String, _ skips: inout Skips, _ convert: (JSONCursor) throws(JSONError) -> Value
    ) -> Value? {
        guard let value = value(name) else { return nil }
        do throws(JSONError) {
            return try convert(value)
        } catch {
            skips.add(value, error.reason)
            return nil
        }
    }

    /// The number in a string; anything else there is a string where a number was expected.
    private static func double(in value: JSONCursor) throws(JSONError) -> Double {
        let text = TagText.trim(try value.string())
        guard NumberText.isDecimal(text), let number = Double(text) else {
            throw value.error(.wrongKind(expected: .number, found: .string))
        }
        guard number.isFinite else { throw value.error(.outOfRange(of: "Double")) }
        return number
    }
}

/// Numbers written as text.
private enum NumberText {
    /// Longer than any number that a `Double` can tell from its neighbours (up to 767 digits), and bounded.
    private static let bytesMax = 1_000

    /// Keeps out what `Double` reads besides decimal numbers: hexadecimal, `nan`, `inf`.
    static func isDecimal(_ text: String) -> Bool {
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        return allowed && !text.isEmpty && text.utf8.count <= bytesMax
    }
}
