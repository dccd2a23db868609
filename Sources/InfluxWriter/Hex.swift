/// Numbers as a fixed count of lower-case hexadecimal digits, so that names sort as the numbers do.
enum Hex {
    static func text(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// The number that exactly these bytes print; nil for another length, capitals or anything else.
    static func number(_ bytes: some Collection<UInt8>, digits: Int) -> UInt64? {
        guard bytes.count == digits else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
