import CoinlineBase

/// The state of the disk as the writer tells it: what writes met, or that less is free than must stay free, which a
/// write would not have met. Each change is told once.
final class DiskNews: Sendable {
    private struct State {
        var disk = DiskState.usable
        var isShort = false
        var told = DiskState.usable

        var now: DiskState { disk == .usable && isShort ? DiskNews.shortage : disk }
    }

    private static let shortage = DiskState.full(reason: "\(OutboxError.noRoom(.freeBytes, wait: nil))")

    private let state = Locked(State())
    private let tell: @Sendable (Event) -> Void

    init(tell: @escaping @Sendable (Event) -> Void) {
        self.tell = tell
    }

    func now(_ disk: DiskState) -> DiskState {
        state.withLock { State(disk: disk, isShort: $0.isShort).now }
    }

    /// What the last write met.
    func note(_ disk: DiskState) {
        note { $0.disk = disk }
    }

    /// Whether too little is free.
    func note(isShort: Bool) {
        note { $0.isShort = isShort }
    }

    private func note(_ change: (inout State) -> Void) {
        let news = state.withLock { state -> DiskState? in
            change(&state)
            let now = state.now
            guard now.kind != state.told.kind else { return nil }
            state.told = now
            return now
        }
        if let news { tell(.disk(news)) }
    }
}

extension DiskState {
    /// The same for two states that differ in their reason only.
    fileprivate var kind: Int {
        switch self {
        case .usable: 0
        case .full: 1
        case .readOnly: 2
        case .failing: 3
        }
    }
}
