import CoinlineBase

/// What is being done right now, on one line of a terminal that is written over; nothing in a pipe.
struct Progress: Sendable {
    private struct State {
        var step = ""
        var isDirty = false
    }
    private let isShown: Bool
    private let state = Shared(State())
    /// Longer lines would wrap and could not be written over.
    private static let widthMax = 78
    /// To the left edge, and everything there removed.
    private static let cleared = "\r\u{1B}[2K"

    init(isShown: Bool = Console.isErrorATerminal) {
        self.isShown = isShown
    }

    /// A step begins.
    func show(_ step: String) {
        state.value.step = step
        draw(step)
    }

    /// What keeps the step that was shown last, until the next one.
    func note(_ detail: String) {
        draw("\(state.value.step) \(detail)")
    }

    /// Leaves the line empty for what comes next.
    func clear() {
        guard isShown, state.value.isDirty else { return }
        state.value.isDirty = false
        send(Self.cleared)
    }

    private func draw(_ text: String) {
        guard isShown else { return }
        state.value.isDirty = true
        send(Self.cleared + TerminalText.shown(text).prefix(Self.widthMax))
    }

    private func send(_ text: String) {
        // Progress that cannot be shown is no failure.
        _ = Console.write(Array(text.utf8), to: 2)
    }
}
