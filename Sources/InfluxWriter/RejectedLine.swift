/// A line that a destination refused, and why.
public struct RejectedLine: Sendable, Equatable {
    /// The beginning of the line, made safe to show; see ``excerpt(of:)``.
    public let line: String
    /// Which line of what was delivered, from 1, when known.
    public let number: Int?
    /// What was wrong, in words for a person.
    public let reason: String

    /// A refused line, for a destination of your own.
    public init(line: String, number: Int?, reason: String) {
        self.line = line
        self.number = number
        self.reason = reason
    }

    /// Enough to recognise a line by its series and first fields.
    public static let excerptBytesMax = 200

    /// The beginning of a line, at most ``excerptBytesMax`` bytes and then `…`; control bytes become `·`, damaged UTF-8
    /// `�`.
    public static func excerpt(of bytes: some Collection<UInt8>) -> String {
        var text = ""
        // A cut inside a character leaves at most three bytes of it, which are taken off.
        var head = Array(bytes.prefix(excerptBytesMax))
        let isCut = bytes.count > head.count
        if isCut {
            while let last = head.last, last >= 0x80, head.count > excerptBytesMax - 4 {
                head.removeLast()
                if last >= 0xC0 { break }
            }
        }
        for scalar in String(decoding: head, as: UTF8.self).unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            text.unicodeScalars.append(isControl ? "·" : scalar)
        }
        return isCut ? text + "…" : text
    }
}
