import CoinlineBase

/// Randomness without state: every value is a function of the seed, a stream and a position, so that any two questions
/// about the same moment have the same answer, in any order and in any process.
struct Noise: Sendable {
    let seed: UInt64

    /// The stream of a name: its bytes hashed (FNV-1a), so that a coin's values do not depend on which others exist.
    static func stream(of name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    /// 64 random bits.
    func bits(_ stream: UInt64, _ position: Int64) -> UInt64 {
        Self.mix(Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15 &* (stream | 1)) ^ UInt64(bitPattern: position) &+ stream)
    }

    /// A number in 0..<1.
    func unit(_ stream: UInt64, _ position: Int64) -> Double {
        Double(bits(stream, position) >> 11) * 0x1p-53
    }

    /// A number between two bounds, evenly spread.
    func number(_ stream: UInt64, _ position: Int64, in range: ClosedRange<Double>) -> Double {
        range.lowerBound + unit(stream, position) * (range.upperBound - range.lowerBound)
    }

    /// A smooth wave between -1 and 1 that wanders from one random height to the next within each `period`.
    func wave(_ stream: UInt64, at milliseconds: Int64, period: Int64) -> Double {
        // Times before 1970 lie on the same grid.
        let index = floorDivide(milliseconds, by: period)
        let part = Double(milliseconds - index * period) / Double(period)
        let weight = part * part * (3 - 2 * part)
        let from = unit(stream, index) * 2 - 1
        let to = unit(stream, index + 1) * 2 - 1
        return from + (to - from) * weight
    }

    /// The finisher of SplitMix64.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
