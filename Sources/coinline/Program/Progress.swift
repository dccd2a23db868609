import CoinlineBase

/// What is being done right now, on one line of a terminal that is written over; nothing in a pipe.
struct Progress: Sendable {
    private struct State {
        var step = ""
        /// Nil where the line is empty.
        var shownStep: String?
    }
    private let isShown: Bool
    private let state = Shared(State())
    /// Longer lines would wrap and could not be written over.
    private static let widthMax = 78
    /// Of a step in front of what is noted.
    private static let stepMin = 20
    /// To the left edge, and everything there removed.
    private static let cleared = "\r\u{1B}[2K"

    init(isShown: Bool = Console.isErrorATerminal) {
        self.isShown = isShown
    }

    /// A step begins; where it is the one that is shown, the line stays, with what is noted there.
    func show(_ step: String) {
        guard state.value.shownStep != step else { return }
        state.value.step = step
        draw(step)
    }

    /// What keeps the step that was shown last, until the next one.
    func note(_ detail: String) {
        let step = state.value.step.prefix(max(Self.stepMin, Self.widthMax - detail.count - 1))
        draw("\(step) \(detail)")
    }

    /// Leaves the line empty for what comes next.
    func clear() {
        guard isShown, state.value.shownStep != nil else { return }
        state.value.shownStep = nil
        send(Self.cleared)
    }

    private func draw(_ text: String) {
        guard isShown else { return }
        state.value.shownStep = state.value.step
        send(Self.cleared + TerminalText.shown(text).prefix(Self.widthMax))
    }

    private func send(_ text: String) {
        // Progress that cannot be shown is no failure.
        _ = Console.write(Array(text.utf8), to: 2)
    }
}
