import CoinlineBase

/// What is being done right now, on one line of a terminal that is written over; nothing in a pipe.
struct Progress: Sendable {
    private let isShown: Bool
    private let isDirty = Shared(false)
    /// Longer lines would wrap and could not be written over.
    private static let widthMax = 78

    init(isShown: Bool = Console.isErrorATerminal) {
        self.isShown = isShown
    }

    func show(_ text: String) {
        guard isShown else { return }
        isDirty.value = true
        send("\r\u{1B}[2K" + text.prefix(Self.widthMax))
    }

    /// Leaves the line empty for what comes next.
    func clear() {
        guard isShown, isDirty.value else { return }
        isDirty.value = false
        send("\r\u{1B}[2K")
    }

    private func send(_ text: String) {
        // Progress that cannot be shown is no failure.
        _ = Console.write(Array(text.utf8), to: 2)
    }
}
