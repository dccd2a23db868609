import TestKit

extension SeededGenerator {
    /// Any number, the ends of the range and the neighbours of zero far more often than chance would have it.
    mutating func anyInt64() -> Int64 {
        switch UInt8.random(in: 0..<16, using: &self) {
        case 0: Int64.min + Int64.random(in: 0..<3, using: &self)
        case 1: Int64.max - Int64.random(in: 0..<3, using: &self)
        case 2: Int64.random(in: -3...3, using: &self)
        case 3: Int64.random(in: -3...3, using: &self) * 1_000_000_000
        case 4: Int64.random(in: -9_223_372_036...9_223_372_036, using: &self) * 1_000_000_000
        default: Int64.random(in: .min ... .max, using: &self)
        }
    }
}
