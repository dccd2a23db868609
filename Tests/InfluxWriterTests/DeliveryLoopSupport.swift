import CoinlineBase
import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

/// A destination that answers as a test says, and keeps what it was asked.
final class AnsweringDestination: Destination {
    struct Request: Sendable {
        let number: Int
        let bucket: Bucket
        let batches: [BatchFile]
        let at: Duration
        let isProbe: Bool

        var names: [BatchName] { batches.map(\.name) }
        var times: [UInt64] { names.map(\.sealedMicroseconds) }
        var text: String { (try? batches.map { try unzipped($0.body) }.joined()) ?? "?" }
    }

    private struct State {
        var requests: [Request] = []
        var underWay = 0
        var underWayMax = 0
    }

    private let state = Locked(State())
    private let uptime: @Sendable () -> Duration
    private let answer: @Sendable (Request) async -> Reply

    init(_ timing: ManualTiming, _ answer: @escaping @Sendable (Request) async -> Reply) {
        uptime = timing.timing.uptime
        self.answer = answer
    }

    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply { await ask(batches, bucket, false) }

    func check(_ bucket: Bucket) async -> Reply { await ask([], bucket, true) }

    private func ask(_ batches: [BatchFile], _ bucket: Bucket, _ isProbe: Bool) async -> Reply {
        let request = state.withLock { state in
            let request = Request(
                number: state.requests.count + 1, bucket: bucket, batches: batches, at: uptime(), isProbe: isProbe)
            state.requests.append(request)
            state.underWay += 1
            state.underWayMax = max(state.underWayMax, state.underWay)
            return request
        }
        let reply = await answer(request)
        state.withLock { $0.underWay -= 1 }
        return reply
    }

    var requests: [Request] { state.withLock { $0.requests } }
    var deliveries: [Request] { requests.filter { !$0.isProbe } }
    var probes: [Request] { requests.filter(\.isProbe) }
    var underWayMax: Int { state.withLock { $0.underWayMax } }
}

/// Requests wait here until the test opens it, or their task is cancelled.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Locked(State())

    var waiting: Int { state.withLock { $0.waiting.count } }

    func pass() async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayPass = state.withLock { state in
                    if state.isOpen || Task.isCancelled { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if mayPass { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A real outbox in a folder of its own, a loop over it, and a time that the test moves.
final class LoopWorld: Sendable {
    let disk: OutboxWorld
    let outbox: Outbox
    let timing = ManualTiming()
    let destination: AnsweringDestination
    let schema = SharedSchema()
    let loop: DeliveryLoop
    private let sink: EventSink

    init(
        _ change: (inout DeliveryLoop.Configuration) -> Void = { _ in },
        answer: @escaping @Sendable (AnsweringDestination.Request) async -> Reply
    ) async throws {
        disk = try OutboxWorld()
        outbox = try await disk.owner { $0.sync = .none }
        destination = AnsweringDestination(timing, answer)
        let events = EventSink()
        var configuration = DeliveryLoop.Configuration(timing: timing.timing)
        configuration.random = { 0.5 }
        configuration.pace = .grown
        configuration.observe = { events.add($0) }
        change(&configuration)
        loop = DeliveryLoop(outbox: outbox, destination: destination, schema: schema, configuration)
        sink = events
    }

    var events: [DeliveryEvent] { sink.all }
    var snapshot: DeliverySnapshot { loop.snapshot }

    @discardableResult
    func add(_ time: UInt64, _ text: [String] = ["m v=1i 1", "m v=2i 2"], to bucket: String = "b") async throws
        -> PendingFile
    {
        let name = Sample.name(time, lines: text.count)
        let batch = BatchFile(name: name, body: try Sample.body(text))
        let appended = try await outbox.append(batch, to: Bucket(bucket))
        loop.wake()
        guard case .stored(let file) = appended else { throw TestKitError("not stored: \(appended)") }
        return file
    }

    /// Runs the loop for as long as the body runs.
    func run(_ body: () async throws -> Void) async throws {
        let task = Task { await loop.run() }
        do {
            try await body()
        } catch {
            task.cancel()
            await task.value
            throw error
        }
        task.cancel()
        await task.value
        try await disk.checkBalance(outbox)
    }

    /// Lets time pass whenever nothing is under way, until this holds.
    func until(
        _ step: Duration = .milliseconds(100), sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(240)
        while try await !holds() {
            guard ContinuousClock.now < deadline else {
                Issue.record(
                    "it never came: \(loop.snapshot), \(await outbox.status.counts)", sourceLocation: sourceLocation)
                throw TestKitError("it never came")
            }
            if try await isIdle() { timing.advance(by: step) }
        }
    }

    /// Whether the loop has nothing to do until time passes. Waits a little where it has, behind the work on the disk.
    func isIdle() async throws -> Bool {
        await timing.untilSleeping()
        if loop.snapshot.inFlight == 0, loop.isResting, timing.sleeperCount > 0 { return true }
        _ = await outbox.isOwner
        await Task.yield()
        return false
    }

    func untilEmpty(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await until(sourceLocation: sourceLocation) { await outbox.totals.batches == 0 && snapshot.inFlight == 0 }
    }

    func letters() throws -> [DeadLetter] {
        try outbox.letters.names().compactMap { try outbox.letters.read($0) }
    }

    /// The texts of lines among the dead letters.
    func deadLines() throws -> [String] {
        try letters().compactMap { letter in
            if case .line(let bytes) = letter.content { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
    }
}

extension RequestPace {
    /// As after many answers that came soon.
    static var grown: RequestPace {
        var pace = RequestPace()
        pace.stored(lines: 1 << 30, bytes: 1 << 40, in: .zero)
        return pace
    }
}

private final class EventSink: Sendable {
    private let events = Locked<[DeliveryEvent]>([])

    var all: [DeliveryEvent] { events.withLock { $0 } }

    func add(_ event: DeliveryEvent) { events.withLock { $0.append(event) } }
}
