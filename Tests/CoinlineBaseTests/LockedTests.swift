import CoinlineBase
import Testing

@Suite("Locked")
struct LockedTests {
    private final class Counter: Sendable {
        let count = Locked(0)
    }

    private struct Unique: ~Copyable {
        var number: Int
    }

    private struct Refusal: Error, Equatable {}

    @Test("additions of many tasks all arrive")
    func additions() async {
        let counter = Counter()

        await withTaskGroup { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<1_000 { counter.count.withLock { $0 += 1 } }
                }
            }
        }

        #expect(counter.count.withLock { $0 } == 16_000)
    }

    @Test("an error leaves with its type, and the lock is free afterwards")
    func errors() {
        let counter = Counter()

        do throws(Refusal) {
            try counter.count.withLock { (value) throws(Refusal) in
                value = 7
                throw Refusal()
            }
        } catch {
            #expect(error == Refusal())
        }

        #expect(counter.count.withLockIfAvailable { $0 } == 7)
    }

    @Test("who does not want to wait is told that the lock is taken")
    func unavailable() async {
        let counter = Counter()

        let inner = counter.count.withLock { _ in
            // From another thread, since a thread may not ask for a lock it holds.
            Outcome.onAnotherThread { counter.count.withLockIfAvailable { $0 } == nil }
        }

        #expect(inner)
    }

    @Test("a value that cannot be copied can be kept")
    func noncopyable() {
        let unique = Locked(Unique(number: 1))

        unique.withLock { $0.number += 1 }

        #expect(unique.withLock { $0.number } == 2)
    }
}
