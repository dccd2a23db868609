import Testing

@Suite("A latch", .timeLimit(.minutes(8)))
struct LatchTests {
    @Test("lets a cancelled waiter go, and the others when it opens")
    func cancellation() async throws {
        let latch = Latch()
        let cancelled = Task { try await latch.wait() }
        let other = Task { try await latch.wait() }
        let stubborn = Task { await latch.waitRegardless() }

        cancelled.cancel()
        stubborn.cancel()

        await #expect(throws: CancellationError.self) { try await cancelled.value }
        latch.open()
        try await other.value
        await stubborn.value
        #expect(latch.isOpen)
    }
}
