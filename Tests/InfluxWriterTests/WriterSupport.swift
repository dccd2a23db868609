import CoinlineBase
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

func point(_ number: Int, _ measurement: String = "m") -> Point {
    Point(
        measurement: measurement, tags: [Tag("k", "v")], fields: [Field("n", .integer(Int64(number)))],
        time: Timestamp(nanoseconds: Int64(number) * 1_000_000))
}

func points(_ numbers: Range<Int>, _ measurement: String = "m") -> [Point] {
    numbers.map { point($0, measurement) }
}

/// Some 700 bytes that no compressor makes smaller.
func bigPoint(_ number: Int) -> Point {
    var generator = SeededGenerator(seed: UInt64(number))
    let text = String(decoding: (0..<900).map { _ in UInt8.random(in: 0x30...0x5B, using: &generator) }, as: UTF8.self)
    return Point(
        measurement: "big", fields: [Field("s", .string(text))],
        time: Timestamp(nanoseconds: Int64(number) * 1_000_000))
}

/// Stores what it acknowledges, behind a gate. Lines of the measurement `bad` are refused by number.
final class StoringDestination: Destination {
    private struct State {
        var lines: [Bucket: [String]] = [:]
        var requests = 0
    }

    let gate = Gate()
    private let state = Locked(State())
    private let reply: @Sendable (Int) -> Reply

    init(isOpen: Bool = true, _ reply: @escaping @Sendable (Int) -> Reply = { _ in .acknowledged }) {
        self.reply = reply
        if isOpen { gate.open() }
    }

    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        await gate.pass()
        if Task.isCancelled { return .unavailable("cancelled") }
        let number = state.withLock { state in
            state.requests += 1
            return state.requests
        }
        let reply = reply(number)
        guard reply == .acknowledged else { return reply }
        let lines = batches.flatMap { Self.lines(of: $0) }
        let bad = lines.enumerated().filter { $0.element.hasPrefix("bad") }.map {
            RejectedLine(line: $0.element, number: $0.offset + 1, reason: "bad")
        }
        if !bad.isEmpty { return .rejected(lines: bad, message: "some are bad") }
        state.withLock { $0.lines[bucket, default: []] += lines }
        return reply
    }

    func check(_ bucket: Bucket) async -> Reply { .acknowledged }

    static func lines(of batch: BatchFile) -> [String] {
        guard let text = try? unzipped(batch.body) else { return ["?"] }
        return text.split(separator: "\n").map(String.init)
    }

    var requests: Int { state.withLock { $0.requests } }
    var lines: [String] { state.withLock { $0.lines.values.flatMap { $0 } } }

    func lines(of bucket: String) -> [String] { state.withLock { $0.lines[Bucket(bucket)] ?? [] } }
}

/// A data folder, a destination, and a time that the test moves.
final class WriterWorld: Sendable {
    let folder: TemporaryFolder
    let timing = ManualTiming()
    let destination: StoringDestination
    let bucket = Bucket("b")
    var layout: OutboxLayout { OutboxLayout(dataFolder: folder.path) }

    init(_ destination: StoringDestination = StoringDestination()) throws {
        folder = try TemporaryFolder()
        self.destination = destination
    }

    /// - Parameter speed: runs by the machine's clock, so many times as fast; nil for the time that the test moves.
    func writer(
        speed: Double? = nil, to destination: (any Destination)? = nil,
        _ change: (inout Writer.Configuration) -> Void = { _ in }
    ) throws -> Writer {
        var timing = timing.timing
        if let speed {
            let now = Timing.system.now()
            timing = .simulated(start: now, at: now, speed: speed)
        }
        let now = timing.now
        var configuration = Writer.Configuration(dataFolder: folder.path) {
            Timestamp(nanoseconds: now().nanoseconds)
        }
        configuration.capacity.freeBytesMin = 0
        change(&configuration)
        return try Writer(configuration, to: destination ?? self.destination, timing: timing) { 0.5 }
    }

    /// What waits on disk, oldest first.
    func batches(of bucket: String = "b") throws -> [(name: BatchName, lines: [String])] {
        let folder = layout.folder(of: Bucket(bucket))
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return try names.compactMap { BatchName(parsing: $0) }.sorted().map { name in
            let body = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name.fileName)"))
            return (name, StoringDestination.lines(of: BatchFile(name: name, body: Array(body))))
        }
    }

    /// The law, at a moment when nobody adds or sends: what a writer that delivers tells is what its files say.
    func checkBalance(_ writer: Writer, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let (status, identity) = (writer.status, await writer.core.namer.writer)
        let files = try OutboxSummary.read(layout)
        let own = try OutboxReader(layout).names().filter { $0.writer == identity }
        #expect(status.delivers, sourceLocation: sourceLocation)
        #expect(status.total.pending == files.lines && status.total.addsUp, "\(status)", sourceLocation: sourceLocation)
        #expect(status.pendingBatches == files.batches, "\(status)", sourceLocation: sourceLocation)
        #expect(status.pendingBytes == files.bytes, "\(status)", sourceLocation: sourceLocation)
        #expect(status.own.pending == own.reduce(0) { $0 + $1.lines }, "\(status)", sourceLocation: sourceLocation)
    }

    /// The field types as they are saved.
    func schema() throws -> String { try String(contentsOfFile: layout.schemaPath, encoding: .utf8) }

    func letters() throws -> [DeadLetter] {
        let letters = DeadLetters(layout)
        return try letters.names().compactMap { try letters.read($0) }
    }

    /// Waits behind the work of the writer until this holds; lets time pass meanwhile if a step is given.
    func until(
        _ writer: Writer, advancing step: Duration? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(240)
        while try await !holds() {
            guard ContinuousClock.now < deadline else {
                Issue.record("it never came: \(writer.status)", sourceLocation: sourceLocation)
                throw TestKitError("it never came")
            }
            if let step, timing.sleeperCount > 0 { timing.advance(by: step) }
            await writer.settle()
        }
    }

    /// How a call ends, while time passes: it may have to wait more than once.
    func end(
        of call: Task<Writer.Outcome, Never>, _ writer: Writer, advancing step: Duration = .milliseconds(250)
    ) async throws -> Writer.Outcome {
        let ended = Counter()
        Task {
            _ = await call.value
            ended.add()
        }
        try await until(writer, advancing: step) { ended.value > 0 }
        return await call.value
    }

    /// Closes it while time passes.
    func close(_ writer: Writer, within limit: Duration) async throws -> Report {
        let closing = Task { await writer.close(within: limit) }
        try await until(writer, advancing: .milliseconds(10)) { await writer.core.isEnded }
        return await closing.value
    }

    /// A writer with one batch on disk, for which the destination's gate is closed, and no room for another one.
    func fullWriter(_ change: (inout Writer.Configuration) -> Void = { _ in }) async throws -> Writer {
        let writer = try writer {
            $0.limits.linesMax = 1
            $0.capacity.bytesMax = 1_000
            $0.requestsMax = 1
            change(&$0)
        }
        _ = try await writer.write([bigPoint(0)], to: bucket)
        return writer
    }
}

extension Writer {
    /// Returns when what could be done at once is done, or most of it.
    func settle() async {
        for _ in 0..<5 {
            _ = await core.outbox.isOwner
            _ = await core.waitingForRoom
            await Task.yield()
        }
    }

    /// A call that may be refused, under way.
    func starting(_ points: [Point], to bucket: Bucket, isAwaited: Bool = true) -> Task<Outcome, Never> {
        Task {
            do throws(WriteError) {
                if isAwaited { return .success(try await write(points, to: bucket)) }
                return .success(try await enqueue(points, to: bucket))
            } catch {
                return .failure(error)
            }
        }
    }

    typealias Outcome = Result<Receipt, WriteError>
}

extension Writer.Outcome {
    var reason: WriteError.Reason? { if case .failure(let error) = self { error.reason } else { nil } }
}

extension OutboxReader {
    /// Of all buckets.
    fileprivate func names() throws -> [BatchName] {
        var names: [BatchName] = []
        for bucket in try buckets() { try forEachBatch(in: bucket) { names.append($0) } }
        return names
    }
}

/// All that a writer tells, until it ends.
func events(of writer: Writer) -> Task<[Event], Never> {
    let stream = writer.events
    return Task {
        var events: [Event] = []
        for await event in stream { events.append(event) }
        return events
    }
}
