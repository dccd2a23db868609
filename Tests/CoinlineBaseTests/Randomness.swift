/// A generator whose every sequence can be had again from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

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
