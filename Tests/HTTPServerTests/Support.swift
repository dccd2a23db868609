import CoinlineBase
import Foundation
import HTTPServer
import TestKit

/// Deadlines that a busy machine does not miss; a test that is about one sets it.
let patient: ServerConfiguration = {
    var configuration = ServerConfiguration()
    (configuration.headTimeout, configuration.idleTimeout) = (.seconds(60), .seconds(60))
    return configuration
}()

/// Runs `body` against a server and stops it.
func withServer<Result: Sendable>(
    _ change: (inout ServerConfiguration) -> Void = { _ in },
    now: @escaping @Sendable () -> UTCTime = Timing.system.now,
    handler: @escaping @Sendable (ServerRequest) async -> ServerResponse,
    _ body: (HTTPServer) async throws -> Result
) async throws -> Result {
    var configuration = patient
    change(&configuration)
    let server = try HTTPServer(configuration, now: now, handler: handler)
    do {
        let result = try await body(server)
        await server.stop(grace: .zero)
        return result
    } catch {
        await server.stop(grace: .zero)
        throw error
    }
}

/// Sends `text` over one connection and reads `count` answers; fewer when the connection ends.
func answers(_ count: Int, to text: String, port: UInt16) async throws -> [RawAnswer] {
    try await onThread {
        let connection = try RawConnection(port: port)
        try connection.send(text)
        let reader = RawAnswerReader(connection)
        var list: [RawAnswer] = []
        while list.count < count, let answer = try reader.next() { list.append(answer) }
        return list
    }
}

func answer(to text: String, port: UInt16) async throws -> RawAnswer? {
    try await answers(1, to: text, port: port).first
}

func get(_ target: String, version: String = "1.1", headers: String = "") -> String {
    "GET \(target) HTTP/\(version)\r\nHost: test\r\n\(headers)\r\n"
}

/// Sends `start` and then `drip` again and again until the connection is closed; gives what came.
func drip(_ start: String, _ drip: String, port: UInt16) async throws -> [UInt8] {
    try await onThread {
        let connection = try RawConnection(port: port, timeout: .milliseconds(10))
        try connection.send(start)
        var received: [UInt8] = []
        while true {
            do {
                let bytes = try connection.receive()
                if bytes.isEmpty { return received }
                received += bytes
            } catch {
                // Nothing came within the time limit: the next drop. Sending to a closed connection is its end.
                do { try connection.send(drip) } catch { return received }
            }
        }
    }
}

/// At least `count` bytes that repeat themselves at no power of two.
func pattern(_ count: Int) -> [UInt8] {
    let block = (0..<9_973).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    while bytes.count < count { bytes += block }
    return bytes
}

/// Returns once nobody listens there, which is how a stop shows that it has begun. Nothing tells, so it is tried again and
/// again, on a thread that may block.
func untilRefused(_ port: UInt16) async throws {
    let deadline = ContinuousClock.now + .seconds(90)
    try await onThread {
        while (try? RawConnection(port: port)) != nil {
            guard .now < deadline else { throw TestKitError("somebody still listens at port \(port)") }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }
}

/// Opens once; whoever waits goes on.
final class Latch: Sendable {
    private struct State: ~Copyable {
        var isOpen = false
        var waitersSoFar = 0
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state = Locked(State())

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            let waiters = Array(state.waiters.values)
            state.waiters = [:]
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Throws when the task is cancelled, as a test is whose time is over.
    func wait() async throws {
        let number = state.withLock { state in
            state.waitersSoFar += 1
            return state.waitersSoFar
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.isOpen { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[number] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    /// For handlers, which the server cancels: waits all the same.
    func waitRegardless() async {
        await Task { try? await wait() }.value
    }

    /// Opens when the task that waits in here is cancelled.
    func openWhenCancelled() async {
        await withTaskCancellationHandler {
            await waitRegardless()
        } onCancel: {
            open()
        }
    }
}
