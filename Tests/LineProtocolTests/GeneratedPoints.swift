import LineProtocol
import TestKit

/// Points from a seed, some of them with names and texts that are hard to write.
struct GeneratedPoints {
    let seed = SeededGenerator.seed
    private var random = SeededGenerator()

    mutating func next() -> Point {
        let isHostile = chance(2, of: 3)
        var tags: [Tag] = []
        for number in 0..<below(4) {
            tags.append(Tag(name(isHostile, number), chance(1, of: 12) ? "" : text(isHostile)))
        }
        let fields = (0..<1 + below(5)).map { Field(name(isHostile, $0), value(isHostile)) }
        return Point(measurement: name(isHostile, 0), tags: tags, fields: fields, time: time())
    }

    private mutating func value(_ isHostile: Bool) -> FieldValue {
        switch below(12) {
        case 0: .integer(Int64(bitPattern: random.next()) >> Int64(below(64)))
        case 1: .unsigned(chance(1, of: 2) ? random.next() : UInt64(below(100)))
        case 2: .boolean(chance(1, of: 2))
        case 3, 4: .string(text(isHostile))
        case 5: .float(Double(bitPattern: random.next()))
        case 6: .float([.nan, .infinity, -0.0, 0, 5e-300, .greatestFiniteMagnitude][below(6)])
        case 7: .float(Double(below(1_000_000)))
        default: .float(Double(below(1_000_000_000)) / 10_000)
        }
    }

    private mutating func time() -> Timestamp? {
        switch below(10) {
        case 0: nil
        case 1: Timestamp(nanoseconds: Int64(bitPattern: random.next()))
        default: Timestamp(nanoseconds: 1_760_000_000_000_000_000 + Int64(below(1 << 40)))
        }
    }

    private mutating func name(_ isHostile: Bool, _ number: Int) -> String {
        let text = text(isHostile && chance(1, of: 3))
        return chance(9, of: 10) ? "n\(number)\(text)" : text
    }

    private mutating func text(_ isHostile: Bool) -> String {
        var text = ""
        for _ in 0..<below(8) {
            if isHostile, chance(1, of: 3) {
                text += HostileText.pieces[below(HostileText.pieces.count)]
            } else {
                text.unicodeScalars.append(Unicode.Scalar(UInt8(0x61 + below(26))))
            }
        }
        return text
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    private mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }
}
