import CoinlineBase

/// Counts, and lets a test wait until a number is reached.
public final class Counter: Sendable {
    private struct State: ~Copyable {
        var value = 0
        var waiters: [Int: (value: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
        var nextWaiter = 0
    }

    private let state = Locked(State())

    public init() {}

    public var value: Int { state.withLock { $0.value } }

    public func add(_ count: Int = 1) {
        let ready = state.withLock { state in
            state.value += count
            let value = state.value
            let ready = state.waiters.filter { $0.value.value <= value }
            for waiter in ready.keys { state.waiters[waiter] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns when the number is reached, or when the task is cancelled.
    public func reached(_ value: Int) async {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Asked under the lock: a cancellation that comes later finds the waiter.
                    if state.value >= value || Task.isCancelled { return true }
                    state.waiters[waiter] = (value, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.continuation.resume()
        }
    }
}

/// What happened, in order.
public final class Record<Element: Sendable>: Sendable {
    private let state = Locked([Element]())

    public init() {}

    public var values: [Element] { state.withLock { $0 } }

    public func append(_ element: Element) {
        state.withLock { $0.append(element) }
    }
}
