import Foundation

/// Random numbers that are the same from the same seed everywhere (SplitMix64). Tests print their seed when they fail.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    /// `COINLINE_TEST_SEED`, or a fixed one.
    public static let seed =
        ProcessInfo.processInfo.environment["COINLINE_TEST_SEED"].flatMap { UInt64($0) } ?? 20_260_101

    private var state: UInt64

    public init(seed: UInt64 = seed) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
