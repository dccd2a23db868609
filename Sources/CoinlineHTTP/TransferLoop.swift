import CCoinlineCurl
import CoinlineBase
import Glibc

/// One libcurl multi handle and the one thread that uses it.
///
/// Tasks take the lock, leave a transfer or a cancellation, and wake the thread with `curl_multi_wakeup`, the only call
/// on the handle that another thread may make. The thread takes what was left, lets libcurl work, resumes what is done
/// and waits. It holds the loop alive, never the client: when the client closes, the thread ends everything under way,
/// frees the handle and goes, and the last reference to the loop with it.
final class TransferLoop: Sendable {
    /// How far a request has come. A task may be cancelled before its transfer was handed over; then there is nobody to
    /// resume yet, and the hand-over must learn of it.
    private enum Ticket {
        case waiting
        case submitted
        case cancelled
    }

    // Unchecked since it is a pointer: others use it for `curl_multi_wakeup` alone, which any thread may call, and under
    // the lock, in which it is until the thread takes it out to free it; all else is the thread's.
    @safe
    private struct Handle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private struct Shared {
        var handle: Handle?
        var tickets: [UInt64: Ticket] = [:]
        var nextID: UInt64 = 0
        var left = Work()
        var endObservers: [@Sendable () -> Void] = []
        var hasEnded = false
    }

    /// What was left for the thread since it last looked.
    private struct Work: Sendable {
        var submitted: [(id: UInt64, transfer: Transfer)] = []
        var cancelled: [UInt64] = []
        var isClosing = false
    }

    private let shared: Locked<Shared>

    private static let closedError = HTTPError(kind: .closed, detail: "the HTTP client is closed")

    /// libcurl's set-up of the process, once and before any thread of ours uses it. Never undone: other code of the
    /// process may use libcurl too, and its helper threads may outlive us.
    private static let globalSetUp: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    init(_ configuration: HTTPClient.Configuration) throws(HTTPError) {
        guard Self.globalSetUp == CURLE_OK, let pointer = unsafe curl_multi_init() else {
            throw HTTPError(kind: .closed, detail: "libcurl cannot be set up")
        }
        let handle = unsafe Handle(pointer: pointer)
        shared = Locked(Shared(handle: handle))
        do {
            try Self.setOptions(of: handle, configuration)
            try Self.proveWaking(of: handle)
            try startThread()
        } catch {
            unsafe curl_multi_cleanup(pointer)
            throw error
        }
    }

    private static func setOptions(of handle: Handle, _ configuration: HTTPClient.Configuration) throws(HTTPError) {
        let multiplexing = configuration.prefersHTTP2 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING
        let options: [(CURLMoption, Int)] = [
            (CURLMOPT_MAX_HOST_CONNECTIONS, max(1, configuration.connectionsPerHostMax)),
            // A collector talks to a dozen hosts; more than this at once is a mistake, and waits.
            (CURLMOPT_MAX_TOTAL_CONNECTIONS, 64),
            // Idle connections that are kept for later.
            (CURLMOPT_MAXCONNECTS, 16),
            (CURLMOPT_PIPELINING, Int(multiplexing)),
        ]
        for (option, value) in options {
            let code = unsafe coinline_msetopt_long(handle.pointer, option, value)
            guard code == CURLM_OK else {
                throw HTTPError(kind: .badRequest, detail: "libcurl refuses an option of the client")
            }
        }
    }

    /// Where no descriptors are left libcurl makes a handle that nobody can wake, for good, and tells it only here.
    private static func proveWaking(of handle: Handle) throws(HTTPError) {
        guard unsafe curl_multi_wakeup(handle.pointer) == CURLM_OK else {
            throw HTTPError(kind: .closed, detail: "no descriptors are left to wake the HTTP client's thread")
        }
    }

    private func startThread() throws(HTTPError) {
        // One without signals. Above all without SIGPIPE, which libcurl no longer guards against under NOSIGNAL, and
        // which a peer that hangs up would raise there; libcurl's helper threads inherit that.
        let code = SystemThread.start("coinline-http") { self.run() }
        guard code == 0 else {
            throw HTTPError(kind: .closed, detail: "a thread for the HTTP client cannot be started (error \(code))")
        }
    }

    // MARK: From any task

    /// Hands the transfer over and waits for its end. Throws `HTTPError` or, when the task is cancelled,
    /// `CancellationError`.
    func perform(_ transfer: Transfer) async throws -> HTTPAnswer {
        let id = shared.withLock { state in
            state.nextID += 1
            state.tickets[state.nextID] = .waiting
            return state.nextID
        }
        defer { shared.withLock { $0.tickets[id] = nil } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfer.begin(continuation)
                if let refusal = submit(id, transfer) { transfer.fail(refusal) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Ends whatever is under way with `.closed`, then the thread. Returns at once, may be called again.
    func close() {
        shared.withLock { state in
            state.left.isClosing = true
            Self.wake(state)
        }
    }

    /// Calls back when the thread has let go of everything.
    func whenEnded(_ observer: @escaping @Sendable () -> Void) {
        let isLate = shared.withLock { state in
            if !state.hasEnded { state.endObservers.append(observer) }
            return state.hasEnded
        }
        if isLate { observer() }
    }

    /// Why the transfer was not taken, or nil.
    private func submit(_ id: UInt64, _ transfer: Transfer) -> (any Error)? {
        shared.withLock { state in
            if state.tickets[id] == .cancelled { return CancellationError() }
            if state.left.isClosing || state.handle == nil { return Self.closedError }
            state.tickets[id] = .submitted
            state.left.submitted.append((id, transfer))
            Self.wake(state)
            return nil
        }
    }

    private func cancel(_ id: UInt64) {
        shared.withLock { state in
            switch state.tickets[id] {
            case .waiting: state.tickets[id] = .cancelled
            case .submitted:
                state.left.cancelled.append(id)
                Self.wake(state)
            case .cancelled, nil: break
            }
        }
    }

    /// Under the lock, which is what keeps the handle from being freed meanwhile. Writes one byte and never waits. That
    /// there is something to write to was proved in `init`, and a full pipe counts as woken.
    private static func wake(_ state: Shared) {
        guard let handle = state.handle else { return }
        _ = unsafe curl_multi_wakeup(handle.pointer)
    }

    // MARK: On the thread

    private func run() {
        guard let handle = shared.withLock({ $0.handle }) else { return }
        var active: [UInt64: Transfer] = [:]
        var isClosing = false
        while !isClosing {
            let work = takeWork()
            isClosing = work.isClosing
            for (id, transfer) in work.submitted { add(id, transfer, to: handle, &active) }
            for id in work.cancelled {
                guard let transfer = active.removeValue(forKey: id) else { continue }
                end(transfer, of: handle) { $0.fail(CancellationError()) }
            }
            if !isClosing { advance(handle, &active) }
        }
        for transfer in active.values { end(transfer, of: handle) { $0.fail(Self.closedError) } }
        active = [:]
        free(handle)
    }

    private func takeWork() -> Work {
        shared.withLock { state in
            let work = state.left
            state.left = Work()
            state.left.isClosing = work.isClosing
            return work
        }
    }

    private func add(_ id: UInt64, _ transfer: Transfer, to handle: Handle, _ active: inout [UInt64: Transfer]) {
        let code = unsafe curl_multi_add_handle(handle.pointer, transfer.easy)
        guard code == CURLM_OK else { return transfer.fail(Self.failure(code)) }
        transfer.id = id
        active[id] = transfer
    }

    /// Takes the transfer away from libcurl, and only then resumes its task: whoever waits may free what libcurl points
    /// to.
    private func end(_ transfer: Transfer, of handle: Handle, _ resume: (Transfer) -> Void) {
        let code = unsafe curl_multi_remove_handle(handle.pointer, transfer.easy)
        // With any other code libcurl may still hold pointers into the transfer, which is freed next: better to end than
        // to write into freed memory.
        precondition(code == CURLM_OK, "libcurl does not know a transfer that was added to it")
        resume(transfer)
    }

    /// One round: let libcurl work, resume what is done, wait for a socket, a timer of libcurl's or a wake-up.
    private func advance(_ handle: Handle, _ active: inout [UInt64: Transfer]) {
        var running: Int32 = 0
        let code = unsafe curl_multi_perform(handle.pointer, &running)
        guard code == CURLM_OK else { return failAll(handle, &active, code) }
        while let (transfer, result) = nextDone(handle) {
            active[transfer.id] = nil
            end(transfer, of: handle) { $0.finish(result) }
        }
        endOverdue(handle, &active)
        let waited = unsafe curl_multi_poll(handle.pointer, nil, 0, Self.wait(for: active), nil)
        if waited != CURLM_OK {
            // Out of descriptors or memory: try again, but not in a busy loop.
            usleep(10_000)
        }
    }

    /// Ends what is past its deadline. libcurl does that too, but not while a request waits for a free connection.
    private func endOverdue(_ handle: Handle, _ active: inout [UInt64: Transfer]) {
        let now = ContinuousClock.now
        for (id, transfer) in active where transfer.due <= now {
            active[id] = nil
            end(transfer, of: handle) { $0.finish(CURLE_OPERATION_TIMEDOUT) }
        }
    }

    /// In milliseconds: until the next deadline, a second at most. libcurl shortens it to its next timer.
    private static func wait(for active: [UInt64: Transfer]) -> Int32 {
        guard let due = active.values.lazy.map(\.due).min() else { return 60_000 }
        // One more, or the last fraction of a millisecond would be spent in a busy loop.
        return Int32(min(max((due - .now).milliseconds + 1, 1), 1_000))
    }

    private func nextDone(_ handle: Handle) -> (Transfer, CURLcode)? {
        var easy: UnsafeMutableRawPointer?
        var result = CURLE_OK
        guard unsafe coinline_next_done(handle.pointer, &easy, &result) != 0 else { return nil }
        var transfer: UnsafeMutableRawPointer?
        // Every transfer got its own pointer as CURLINFO_PRIVATE before it was added to this handle.
        guard unsafe coinline_getinfo_ptr(easy, CURLINFO_PRIVATE, &transfer) == CURLE_OK, let transfer = unsafe transfer
        else { preconditionFailure("libcurl finished a transfer that is not ours") }
        return (unsafe Unmanaged<Transfer>.fromOpaque(transfer).takeUnretainedValue(), result)
    }

    private func failAll(_ handle: Handle, _ active: inout [UInt64: Transfer], _ code: CURLMcode) {
        for transfer in active.values { end(transfer, of: handle) { $0.fail(Self.failure(code)) } }
        active = [:]
    }

    private static func failure(_ code: CURLMcode) -> HTTPError {
        let reason = unsafe String(cString: curl_multi_strerror(code))
        return HTTPError(kind: .transfer, detail: "libcurl failed: \(reason)")
    }

    private func free(_ handle: Handle) {
        shared.withLock { $0.handle = nil }
        unsafe curl_multi_cleanup(handle.pointer)
        let observers = shared.withLock { state in
            state.hasEnded = true
            defer { state.endObservers = [] }
            return state.endObservers
        }
        for observer in observers { observer() }
    }
}
