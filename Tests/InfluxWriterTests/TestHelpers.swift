import Foundation
import InfluxWriter
import Synchronization

/// SplitMix64: repeats from a printed seed.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A clock that gives the listed times one after another, and then the last for ever.
final class TestClockValue: Sendable {
    private let times: Mutex<[Int64]>

    init(_ nanoseconds: [Int64]) {
        times = Mutex(nanoseconds)
    }

    func next() -> Timestamp {
        times.withLock { Timestamp(nanoseconds: $0.count > 1 ? $0.removeFirst() : $0[0]) }
    }
}

/// A folder of its own for one test, deleted afterwards.
func withTestFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("coinline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}
