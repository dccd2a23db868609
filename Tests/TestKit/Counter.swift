import CoinlineBase

/// Counts, and lets a test wait until a number is reached.
public final class Counter: Sendable {
    private struct State: ~Copyable {
        var value = 0
        var waiters: [(value: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())

    public init() {}

    public var value: Int { state.withLock { $0.value } }

    public func add(_ count: Int = 1) {
        let ready = state.withLock { state in
            state.value += count
            let value = state.value
            let ready = state.waiters.filter { $0.value <= value }.map(\.continuation)
            state.waiters.removeAll { $0.value <= value }
            return ready
        }
        for continuation in ready { continuation.resume() }
    }

    public func reached(_ value: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.value >= value { return true }
                state.waiters.append((value, continuation))
                return false
            }
            if isThere { continuation.resume() }
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
