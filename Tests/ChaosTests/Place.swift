import CoinlineBase
import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

/// A writer in this process, with a data folder, a destination and weather, for what needs no death.
final class Place: Sendable {
    static let run = "place"
    static let bucket = Bucket(Backend.buckets[0])

    let folder: TemporaryFolder
    let data: DataFolder
    let backend: Backend
    let front: Front

    init(_ kind: Backend.Kind = .fake, mood: Front.Mood = .up, bodyBytesMax: Int = .max) async throws {
        folder = try TemporaryFolder()
        data = DataFolder(path: folder.file("data"))
        try FileManager.default.createDirectory(atPath: data.path, withIntermediateDirectories: true)
        backend = try await Backend.start(kind)
        front = try Front(backend: backend.url, bodyBytesMax: bodyBytesMax, seed: SeededGenerator.seed)
        try await front.set(mood)
    }

    /// Its waits pass twenty times as fast.
    func writer(_ change: (inout Writer.Configuration) -> Void = { _ in }) throws -> Writer {
        var configuration = Writer.Configuration(dataFolder: data.path)
        configuration.capacity.freeBytesMin = 0
        var destination = InfluxDB.Configuration(url: front.url)
        switch backend {
        case .fake:
            destination.organization = "market"
            destination.token = Token(FakeInfluxDB2.operatorToken)
        case .influxDB1:
            destination.api = .v1
            configuration.dialect = .influx1
        }
        change(&configuration)
        let now = Timing.system.now()
        return try Writer(
            configuration, to: InfluxDB(destination), timing: .simulated(start: now, at: now, speed: 20))
    }

    static func points(_ numbers: Range<Int>) -> [Point] { Expected.points(numbers, run: run) }

    /// The numbers at the destination, each as often as it is there; a wrong value is an issue.
    func stored() async throws -> [Int] {
        try await backend.points(in: Self.bucket.name).map { point in
            guard case .integer(let number) = point.fields["n"] else { throw TestKitError("no number: \(point)") }
            #expect(point == Expected.point(Int(number), run: Self.run, "ms"))
            return Int(number)
        }.sorted()
    }

    func end() async {
        await front.goDown()
        await backend.stop()
    }
}

/// Waits until it holds; false when it does not within some seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(90)
    while try await !condition() {
        guard .now < deadline else { return false }
        // Nothing tells of what another process or the writer's own loop did, so this looks again and again.
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}
