import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

/// A disk that is full or read-only is a state: nothing is accepted then, and all goes on by itself.
@Suite("A writer on a disk of its own", .timeLimit(.minutes(2)), .requiresNamespaces, .inNamespaces)
struct DiskTests {
    /// Writes, is refused while the disk takes nothing, and goes on when it does.
    private func check(
        _ place: Place, isExpected: (DiskState) -> Bool, spoil: () async throws -> Void, mend: () async throws -> Void
    ) async throws {
        let writer = try place.writer {
            $0.diskPatience = .seconds(2)
            // The disk itself shall say that it is full, before any bound of ours is reached.
            $0.capacity.freeBytesMin = -(1 << 30)
        }
        let first = try await writer.write(Place.points(0..<100), to: Place.bucket)
        #expect(first.accepted == 100)
        try await spoil()

        let error = await #expect(throws: WriteError.self) {
            try await writer.write(Place.points(100..<200), to: Place.bucket)
        }
        _ = try await writer.enqueue(Place.points(200..<250), to: Place.bucket)

        #expect(error?.notAccepted == 100 && error?.receipt.accepted == 0, "\(String(describing: error))")
        if case .disk(let state)? = error?.reason { #expect(isExpected(state), "\(state)") } else { Issue.record() }
        #expect(isExpected(writer.status.disk), "\(writer.status)")
        #expect(writer.status.own.accepted == 100 && writer.status.held == 50, "\(writer.status)")
        #expect(place.data.pendingLines == 100)

        try await mend()
        try await writer.flush(within: .seconds(200))
        let second = try await writer.write(Place.points(100..<200), to: Place.bucket)

        #expect(second.accepted == 100)
        #expect(writer.status.disk == .usable && writer.status.held == 0, "\(writer.status)")
        #expect(writer.status.own.accepted == 250 && place.data.pendingLines == 250)
        try await place.front.comeUp()
        let report = await writer.drain(givingUpAfter: .seconds(600))
        #expect(report.isComplete, "\(report)")
        _ = await writer.close(within: .zero)
        #expect(try await place.stored() == Array(0..<250))
        #expect(place.data.temporaries.isEmpty && place.data.pending.isEmpty)
        await place.end()
    }

    @Test("a full disk accepts nothing, says so, and is written again when there is room")
    func full() async throws {
        let place = try await Place(mood: .down)
        let disk = try await SmallDisk(on: place.data.path, kibibytes: 512)
        try await check(place) {
            if case .full = $0 { true } else { false }
        } spoil: {
            try disk.fill()
        } mend: {
            try disk.empty()
        }
    }

    @Test("where the disk has less room than must stay free, points are refused after a wait, and taken when there is")
    func shortage() async throws {
        let place = try await Place(mood: .down)
        let disk = try await SmallDisk(on: place.data.path, kibibytes: 512)
        let writer = try place.writer {
            $0.capacity.freeBytesMin = 64 << 10
            $0.capacity.whenFull = .block(for: .seconds(2))
        }
        _ = try await writer.write(Place.points(0..<100), to: Place.bucket)
        try disk.fill()
        try disk.free(32 << 10)

        let error = await #expect(throws: WriteError.self) {
            try await writer.write(Place.points(100..<200), to: Place.bucket)
        }

        #expect(error?.reason == .noRoom(.freeBytes) && error?.notAccepted == 100, "\(String(describing: error))")
        #expect(writer.status.own.accepted == 100 && place.data.pendingLines == 100, "\(writer.status)")
        try disk.empty()
        #expect(try await writer.write(Place.points(100..<200), to: Place.bucket).accepted == 100)
        try await place.front.comeUp()
        #expect(await writer.close(within: .seconds(600)).isComplete)
        #expect(try await place.stored() == Array(0..<200))
        await place.end()
    }

    @Test("a read-only folder accepts nothing, says so, and is written again when it may be")
    func readOnly() async throws {
        let place = try await Place(mood: .down)
        // Only the bucket's folder: the lock is an open file, and a disk with one cannot be made read-only.
        let folder = OutboxLayout(dataFolder: place.data.path).folder(of: Place.bucket)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let disk = try await SmallDisk(on: folder, kibibytes: 512)
        try await check(place) {
            if case .readOnly = $0 { true } else { false }
        } spoil: {
            try await disk.setReadOnly(true)
        } mend: {
            try await disk.setReadOnly(false)
        }
    }

    @Test("50,000 batches that wait are sent, the oldest first and many in a request, and a stop leaves the others")
    func many() async throws {
        // Under a sanitizer fewer: it is the same with them, only slower.
        let kinds = Programs.isPlainLane ? 50 : 10
        let count = kinds * 1_000
        let place = try await Place()
        // In memory, where making and removing so many files costs nothing.
        _ = try await SmallDisk(on: place.data.path, kibibytes: 64 << 10)
        let start = UInt64(Expected.startSeconds) * 1_000_000
        for kind in 0..<kinds {
            try place.data.add(
                Expected.line(kind, run: Place.run), to: Place.bucket.name, times: 1_000,
                sealedMicroseconds: start + UInt64(kind) * 1_000)
        }

        let folder = OutboxLayout(dataFolder: place.data.path).folder(of: Place.bucket)
        place.front.forecast(Array(repeating: .pass, count: 12), then: .silence)

        let program = try await ProgramRun(
            Programs.ordinary(),
            place.backend.words + [
                "mode=drain", "folder=\(place.data.path)", "url=\(place.front.url)", "closeSeconds=1",
                "patienceSeconds=3600", "deadlineMs=600000",
            ]
        ).start()
        try #require(try await eventually { place.front.count(of: .silence) > 0 })
        let result = await program.stop(within: .seconds(60))

        let report = try #require(try ProcessReport(output: result.outputText), "\(result)")
        let sent = place.front.storedLines
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).count
        #expect(report.endMilliseconds <= 1_000 + Programs.slackMilliseconds, "\(report)")
        #expect(report.total.accepted == count && report.total.acknowledged == sent, "\(report)")
        #expect(report.total.pending == left && report.pendingBatches == left && left == count - sent, "\(report)")
        #expect(sent >= 1_000 && report.requests <= 14, "\(report)")
        #expect(try await place.stored() == Array(0..<(sent + 999) / 1_000))
        await place.end()
    }
}
