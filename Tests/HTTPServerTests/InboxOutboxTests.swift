import Testing

@testable import HTTPServer

@Suite("A request body under way")
struct InboxTests {
    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 7, count: count) }

    @Test("is read in the order it came, and ends")
    func order() {
        var inbox = Inbox(bytesMax: 10)

        #expect(inbox.next() == .wait)
        #expect(inbox.receive(2) { [1, 2] } == .taken)
        #expect(inbox.receive(1) { [3] } == .taken)
        #expect(inbox.next() == .chunk([1, 2, 3]))
        inbox.end()
        #expect(inbox.next() == .end)
    }

    @Test("holds the peer back at the high-water mark until it is read")
    func highWater() {
        var inbox = Inbox(bytesMax: 1 << 20)

        #expect(inbox.receive(Inbox.highWaterBytes - 1) { bytes(Inbox.highWaterBytes - 1) } == .taken)
        #expect(inbox.receive(1) { [1] } == .taken)
        #expect(inbox.receive(1) { [1] } == .full)
        _ = inbox.next()
        #expect(inbox.receive(1) { [1] } == .taken)
    }

    @Test("is accepted at the cap, refused above it and broken above twice the cap")
    func cap() {
        var inbox = Inbox(bytesMax: 4)

        #expect(inbox.receive(4) { bytes(4) } == .taken)
        #expect(inbox.isTooLarge == false)
        #expect(inbox.receive(1) { bytes(1) } == .discarded)
        #expect(inbox.isTooLarge)
        #expect(inbox.next() == .failed(.tooLarge))
        #expect(inbox.receive(3) { bytes(3) } == .discarded)
        #expect(inbox.receive(1) { bytes(1) } == .excess)
    }

    @Test("is thrown away once nobody reads it, and still counted")
    func discarding() {
        var inbox = Inbox(bytesMax: 4)

        inbox.discard()
        #expect(inbox.receive(4) { bytes(4) } == .discarded)
        #expect(inbox.isTooLarge == false)
        #expect(inbox.receive(4) { bytes(4) } == .discarded)
        #expect(inbox.isTooLarge)
        #expect(inbox.receive(1) { bytes(1) } == .excess)
    }
}

@Suite("A streamed answer under way")
struct OutboxTests {
    private func take(_ outbox: inout Outbox, _ count: Int) -> (Outbox.Fill, [UInt8]) {
        var taken: [UInt8] = []
        let fill = outbox.take(count) { taken = Array($0) }
        return (fill, taken)
    }

    @Test("is taken in pieces and ends")
    func pieces() {
        var outbox = Outbox(length: nil)

        #expect(take(&outbox, 2) == (.wait, []))
        outbox.append([1, 2, 3])
        #expect(take(&outbox, 2) == (.bytes(2), [1, 2]))
        #expect(take(&outbox, 2) == (.bytes(1), [3]))
        outbox.end()
        #expect(take(&outbox, 2) == (.end, []))
    }

    @Test("sends what was written before an abort, and is broken then")
    func abort() {
        var outbox = Outbox(length: 10)

        outbox.append([1])
        outbox.abort()
        outbox.append([2])
        #expect(take(&outbox, 9) == (.bytes(1), [1]))
        #expect(take(&outbox, 9) == (.broken, []))
    }

    @Test("keeps to the announced length")
    func length() {
        var short = Outbox(length: 3)
        short.append([1, 2])
        short.end()
        _ = take(&short, 9)
        #expect(take(&short, 9) == (.broken, []))

        var long = Outbox(length: 3)
        long.append([1, 2])
        #expect(long.isOpen)
        long.append([3, 4])
        #expect(long.isOpen == false)
        #expect(take(&long, 9) == (.bytes(3), [1, 2, 3]))
    }

    @Test("does not grow while a peer is always a little behind")
    func bounded() {
        var outbox = Outbox(length: nil)
        let block = [UInt8](0..<100)
        var taken: [UInt8] = []

        for _ in 0..<5_000 {
            outbox.append(block)
            taken += take(&outbox, outbox.waitingCount == 100 ? 99 : 100).1
        }

        #expect(taken + [99] == (0..<5_000).flatMap { _ in block })
        #expect(outbox.waitingCount == 1)
    }
}
