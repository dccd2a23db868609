import Testing

@testable import MarketSources

@Suite("The token bucket")
struct TokenBucketTests {
    @Test(
        "holds a sixth of a minute's requests, and at least 5",
        arguments: [
            (60, 10.0, 1.0), (30, 5, 0.5), (1, 5, 1.0 / 60), (0, 5, 1.0 / 60), (-7, 5, 1.0 / 60), (600, 100, 10),
        ] as [(Int, Double, Double)])
    func capacity(perMinute: Int, capacity: Double, refill: Double) {
        let bucket = TokenBucket(requestsPerMinute: perMinute, now: .zero)

        #expect(bucket.capacity == capacity && bucket.refillPerSecond == refill)
    }

    @Test("lets as many through at once as it holds, and the next ones one by one, in order")
    func burstAndQueue() {
        var bucket = TokenBucket(requestsPerMinute: 60, now: .zero)

        let waits = (0..<13).map { _ in bucket.take(now: .zero) }

        #expect(waits == Array(repeating: Duration.zero, count: 10) + [.seconds(1), .seconds(2), .seconds(3)])
    }

    @Test("never lets more through than it holds and refills")
    func rateOverTime() {
        var bucket = TokenBucket(requestsPerMinute: 60, now: .zero)
        var now = Duration.zero
        var times: [Duration] = []

        for _ in 0..<200 {
            now += bucket.take(now: now)
            times.append(now)
        }

        for (index, time) in times.enumerated() {
            let inTheMinuteAfter = times[index...].prefix { $0 < time + .seconds(60) }.count
            #expect(inTheMinuteAfter <= 70)
        }
        #expect(times.last == .seconds(190))
    }

    @Test("is full again after a while and holds no more than its capacity")
    func refill() {
        var bucket = TokenBucket(requestsPerMinute: 60, now: .zero)
        for _ in 0..<10 { _ = bucket.take(now: .zero) }

        let later = (0..<11).map { _ in bucket.take(now: .seconds(3_600)) }

        #expect(later == Array(repeating: Duration.zero, count: 10) + [.seconds(1)])
    }

    @Test("a token that was not used goes to the next one")
    func giveBack() {
        var bucket = TokenBucket(requestsPerMinute: 60, now: .zero)
        for _ in 0..<11 { _ = bucket.take(now: .zero) }

        bucket.giveBack(now: .zero)

        #expect(bucket.take(now: .zero) == .seconds(1))
        for _ in 0..<50 { bucket.giveBack(now: .zero) }
        #expect(bucket.tokens == bucket.capacity)
    }

    @Test("a clock that goes back refills nothing")
    func clockGoesBack() {
        var bucket = TokenBucket(requestsPerMinute: 60, now: .seconds(100))
        for _ in 0..<10 { _ = bucket.take(now: .seconds(100)) }

        #expect(bucket.take(now: .seconds(50)) == .seconds(1))
    }
}
