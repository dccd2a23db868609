import Foundation
import InfluxWriter
import Synchronization

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
