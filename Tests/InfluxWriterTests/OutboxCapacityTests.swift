import Testing

@testable import InfluxWriter

@Suite("Outbox capacity")
struct OutboxCapacityTests {
    private func capacity(
        _ whenFull: OutboxCapacity.WhenFull, bytesMax: Int = 100, freeBytesMin: Int = 50
    ) -> OutboxCapacity {
        var capacity = OutboxCapacity()
        capacity.bytesMax = bytesMax
        capacity.freeBytesMin = freeBytesMin
        capacity.whenFull = whenFull
        return capacity
    }

    private let oldest = (1...4).map {
        PendingFile(bucket: Bucket("b"), name: Sample.name(UInt64($0)), bytes: 20)
    }

    @Test("the defaults are two gibibytes, half a gibibyte free, and waiting ten seconds")
    func defaults() {
        let capacity = OutboxCapacity()
        #expect(capacity.bytesMax == 2 << 30 && capacity.freeBytesMin == 512 << 20)
        #expect(capacity.ageMax == nil && capacity.whenFull == .block(for: .seconds(10)))
    }

    @Test("a batch that fills the cap to the byte is taken, one byte more is not")
    func cap() {
        let capacity = capacity(.block(for: .seconds(3)))
        #expect(capacity.room(forBytes: 20, pendingBytes: 80, freeBytes: nil, oldest: []) == .take)
        #expect(
            capacity.room(forBytes: 21, pendingBytes: 80, freeBytes: nil, oldest: [])
                == .wait(.bytes, atMost: .seconds(3)))
        #expect(capacity.room(forBytes: 100, pendingBytes: 0, freeBytes: nil, oldest: []) == .take)
    }

    @Test("free space is kept to the byte")
    func freeSpace() {
        let capacity = capacity(.block(for: .seconds(3)))
        #expect(capacity.room(forBytes: 20, pendingBytes: 0, freeBytes: 70, oldest: []) == .take)
        #expect(
            capacity.room(forBytes: 20, pendingBytes: 0, freeBytes: 69, oldest: [])
                == .wait(.freeBytes, atMost: .seconds(3)))
    }

    @Test("a batch bigger than the cap is refused by every policy, and drops nothing")
    func tooBig() {
        for policy: OutboxCapacity.WhenFull in [.block(for: .seconds(1)), .dropOldest, .dropNewest] {
            #expect(
                capacity(policy).room(forBytes: 101, pendingBytes: 80, freeBytes: nil, oldest: oldest)
                    == .refuse(.batch))
        }
    }

    @Test("dropOldest takes as many of the oldest as make room, and no more")
    func dropOldest() {
        let capacity = capacity(.dropOldest)
        func room(_ bytes: Int, free: Int? = nil, dropped: Int = 0) -> OutboxCapacity.Room {
            capacity.room(forBytes: bytes, pendingBytes: 100, freeBytes: free, droppedBytes: dropped, oldest: oldest)
        }
        #expect(room(20) == .drop(Array(oldest.prefix(1)), .bytes))
        #expect(room(21) == .drop(Array(oldest.prefix(2)), .bytes))
        #expect(room(100) == .drop(oldest, .bytes))
        #expect(
            capacity.room(forBytes: 20, pendingBytes: 100, freeBytes: nil, oldest: []) == .refuse(.bytes))
    }

    @Test("where others filled the disk, dropOldest gives up the size of the new batch and not the whole outbox")
    func othersFilledTheDisk() {
        let capacity = capacity(.dropOldest, bytesMax: 1_000)

        let first = capacity.room(forBytes: 30, pendingBytes: 80, freeBytes: 0, oldest: oldest)
        let second = capacity.room(
            forBytes: 30, pendingBytes: 40, freeBytes: 0, droppedBytes: 40, oldest: Array(oldest.suffix(2)))

        #expect(first == .drop(Array(oldest.prefix(2)), .freeBytes))
        #expect(second == .take)
    }

    @Test("dropNewest gives up the new batch")
    func dropNewest() {
        let capacity = capacity(.dropNewest)
        #expect(capacity.room(forBytes: 1, pendingBytes: 100, freeBytes: nil, oldest: oldest) == .dropNew(.bytes))
        #expect(capacity.room(forBytes: 1, pendingBytes: 0, freeBytes: 50, oldest: oldest) == .dropNew(.freeBytes))
        #expect(capacity.room(forBytes: 1, pendingBytes: 99, freeBytes: 51, oldest: oldest) == .take)
    }

    @Test("age counts from the sealing; a batch from the future, and any without a limit, is not too old")
    func age() {
        var capacity = OutboxCapacity()
        let name = Sample.name(1_000_000)
        #expect(!capacity.isExpired(name, at: Timestamp(nanoseconds: .max)))

        capacity.ageMax = .seconds(2)
        #expect(!capacity.isExpired(name, at: Timestamp(nanoseconds: 3_000_000_000)))
        #expect(capacity.isExpired(name, at: Timestamp(nanoseconds: 3_000_001_000)))
        #expect(!capacity.isExpired(Sample.name(.max), at: Timestamp(nanoseconds: .min)))
    }
}
