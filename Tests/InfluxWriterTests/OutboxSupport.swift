import CoinlineCompression
import CoinlineFiles
import Foundation
import Synchronization
import TestKit
import Testing

@testable import InfluxWriter

/// Names and bodies of batches as tests need them.
enum Sample {
    static func name(
        _ time: UInt64, writer: UInt32 = 1, number: UInt32 = 0, pieces: [(Int, Int)] = [], lines: Int = 2
    ) -> BatchName {
        BatchName(
            sealedMicroseconds: time, writer: writer, number: number,
            pieces: pieces.map { BatchName.Piece($0.0, of: $0.1)! }, precision: .milliseconds, lines: lines)
    }

    static func line(_ number: Int) -> String { "m,k=a v=\(number) \(number)" }

    static func body(_ lines: [String]) throws -> [UInt8] {
        var gzip = try Gzip()
        return try gzip.compress(Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    static func batch(_ name: BatchName) throws -> BatchFile {
        BatchFile(name: name, body: try body((1...name.lines).map(line)))
    }

    static func batch(_ time: UInt64, writer: UInt32 = 1, lines: Int = 2) throws -> BatchFile {
        try batch(name(time, writer: writer, lines: lines))
    }

    static func pieces(of name: BatchName, _ lines: [Int]) throws -> [BatchFile] {
        try lines.enumerated().map { index, count in
            let piece = try #require(BatchName.Piece(index + 1, of: lines.count))
            return try batch(#require(name.piece(piece, lines: count)))
        }
    }

    static func letter(_ line: String = "m v=x 1", bucket: Bucket = Bucket("b")) -> DeadLetter {
        DeadLetter(
            reason: "a reason", answer: "an answer", time: Timestamp(nanoseconds: 1), bucket: bucket,
            precision: .milliseconds, content: .line(Array(line.utf8)))
    }
}

/// A data folder and what its outboxes told.
final class OutboxWorld: Sendable {
    let folder: TemporaryFolder
    let layout: OutboxLayout
    let bucket = Bucket("b")
    private let told = Mutex<[OutboxEvent]>([])

    init(in folder: TemporaryFolder? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
        layout = OutboxLayout(dataFolder: self.folder.path)
    }

    /// One that is not open yet.
    func outbox(_ change: (inout OutboxConfiguration) -> Void = { _ in }) throws -> Outbox {
        var configuration = OutboxConfiguration(now: { Timestamp(nanoseconds: 1_000_000_000) })
        configuration.freeBytes = { _ in nil }
        configuration.observe = { [weak self] event in self?.told.withLock { $0.append(event) } }
        change(&configuration)
        return try Outbox(layout, configuration)
    }

    /// One that owns what is there.
    func owner(_ change: (inout OutboxConfiguration) -> Void = { _ in }) async throws -> Outbox {
        let outbox = try outbox(change)
        let isOwner = try await outbox.open()
        try #require(isOwner)
        return outbox
    }

    var events: [OutboxEvent] { told.withLock { $0 } }

    func path(_ name: String, in bucket: Bucket? = nil) -> String {
        "\(layout.folder(of: bucket ?? self.bucket))/\(name)"
    }

    /// Lays a file into a bucket's folder, as somebody else would.
    func put(_ bytes: [UInt8], _ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: layout.folder(of: bucket), withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    }

    func put(_ batch: BatchFile) throws {
        try put(batch.body, batch.name.fileName)
    }

    /// All names in a bucket's folder but the mark of origin.
    func names(in bucket: Bucket? = nil) -> [String] {
        let folder = layout.folder(of: bucket ?? self.bucket)
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0 != ".origin" }
            .sorted()
    }

    var letterNames: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: layout.deadLetterFolder)) ?? []).sorted()
    }

    /// What waits, by the folders alone.
    func totalsOnDisk() throws -> PendingTotals {
        var totals = PendingTotals()
        let all = (try? FileManager.default.subpathsOfDirectory(atPath: layout.folder)) ?? []
        for path in all {
            guard let name = BatchName(parsing: (path as NSString).lastPathComponent) else { continue }
            let facts = try #require(try Files.facts(of: "\(layout.folder)/\(path)"))
            if facts.kind == .file { totals.add(name, bytes: facts.bytes) }
        }
        return totals
    }

    /// The law: what was counted is what is there, and every line is in one place.
    func checkBalance(_ outbox: Outbox, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let status = await outbox.status
        #expect(status.totals == (try totalsOnDisk()), sourceLocation: sourceLocation)
        #expect(status.counts.pending == status.totals.lines, "\(status.counts)", sourceLocation: sourceLocation)
    }
}

extension Outbox {
    /// The oldest batch, in hand.
    func takeOldest() throws -> (file: PendingFile, batch: BatchFile)? {
        guard let file = try oldest(limit: 1).first, let batch = try take(file) else { return nil }
        return (file, batch)
    }
}
