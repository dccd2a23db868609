import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

/// Delivery of one bucket, in memory and in time of its own.
struct SimulatedDelivery {
    struct Item {
        let body: [UInt8]
        let lines: Int
        var history = BatchHistory()
        var notBefore = Duration.zero
        /// Joined deliveries were in vain.
        var isAlone = false
    }

    struct Totals: CustomStringConvertible {
        var (accepted, acknowledged, dead, pending, requests) = (0, 0, 0, 0, 0)
        var (splits, settled, holds, aside, joined) = (0, 0, 0, 0, 0)

        mutating func add(_ delivery: SimulatedDelivery) {
            accepted += delivery.accepted
            acknowledged += delivery.acknowledged
            dead += delivery.dead.count
            pending += delivery.pendingLines
            requests += delivery.requests
            splits += delivery.counts.splits
            settled += delivery.counts.settled
            holds += delivery.counts.holds
            aside += delivery.counts.aside
            joined += delivery.counts.joined
        }

        var description: String {
            "\(accepted) lines = \(acknowledged) acknowledged + \(dead) dead + \(pending) pending, "
                + "\(requests) requests, "
                + "\(joined) joined, \(splits) splits, \(settled) settled, \(holds) holds, \(aside) set aside"
        }
    }

    let plan = DeliveryPlan()
    var server = SimulatedServer()
    private(set) var now = Duration.zero
    private(set) var requests = 0
    private(set) var accepted = 0
    private(set) var acknowledged = 0
    private(set) var dead: [Int: String] = [:]
    private(set) var counts = Totals()

    private var queue: [Item] = []
    private var circuit = Circuit()
    private var holds = Holds()
    private var size = LearnedSize(bytesMax: 1 << 20)
    private var bucketHistory = BucketHistory()
    private let requestMilliseconds: ClosedRange<Int>
    private var generator: SeededGenerator
    private let bucket = Bucket("b")
    private var deadCount = 0
    /// When the next good line comes, as it does in life; nil for never.
    private var nextFresh: Duration?
    private let freshEvery: Duration

    var pendingLines: Int { queue.reduce(0) { $0 + $1.lines } }

    init(
        batches: [[SimulatedLine.Kind]], seed: UInt64 = SeededGenerator.seed,
        requestMilliseconds: ClosedRange<Int> = 10...10, freshEvery: Duration? = nil
    ) throws {
        self.freshEvery = freshEvery ?? .zero
        nextFresh = freshEvery
        self.requestMilliseconds = requestMilliseconds
        generator = SeededGenerator(seed: seed)
        for batch in batches { try accept(batch) }
    }

    private mutating func accept(_ batch: [SimulatedLine.Kind]) throws {
        var texts: [String] = []
        for kind in batch {
            accepted += 1
            server.kinds[accepted] = kind
            texts.append(SimulatedLine.text(accepted, kind))
        }
        queue.append(Item(body: try gzipped(texts.joined(separator: "\n") + "\n"), lines: batch.count))
    }

    /// Random batches, limits and troubles.
    init(seed: UInt64, round: Int) throws {
        var random = SeededGenerator(seed: seed)
        let badShare = [0, 2, 10, 40][round % 4]
        let bad: [SimulatedLine.Kind] = [
            .poison, .poison, .conflict, .conflict, .opaque, round % 3 == 0 ? .crash : .poison,
        ]
        let batches = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            (0..<Int.random(in: 1...(round % 5 == 0 ? 100 : 12), using: &random)).map { _ in
                if Int.random(in: 0..<100, using: &random) < badShare {
                    return bad.randomElement(using: &random) ?? .good
                }
                return Bool.random(using: &random) ? SimulatedLine.Kind.good : .odd
            }
        }
        try self.init(
            batches: batches + [[.good]], seed: random.next(), requestMilliseconds: 1...5_000,
            freshEvery: .seconds(1_800))
        if round % 2 == 1 { server.bytesMax = Int.random(in: 300...2_000, using: &random) }
        var start = Duration.zero
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let from = start + .seconds(Int.random(in: 0...20, using: &random))
            let to = from + .seconds(Int.random(in: 1...1_800, using: &random))
            server.troubles.append((from, to, SimulatedServer.Trouble.allCases.randomElement(using: &random) ?? .busy))
            start = to
        }
    }

    /// Runs until nothing is left but single lines that are set aside again and again. False when that takes too long.
    mutating func run(until isDone: (SimulatedDelivery) -> Bool = { _ in false }) throws -> Bool {
        let calm = server.troubles.map(\.to).max() ?? .zero
        for _ in 0..<100_000 {
            if isDone(self) || queue.isEmpty { return true }
            if now > calm, queue.allSatisfy({ isStuck($0) }) { return true }
            try turn()
            if accepted != acknowledged + pendingLines + deadCount {
                Issue.record("\(accepted) lines are \(acknowledged) + \(pendingLines) + \(deadCount)")
                return false
            }
        }
        return false
    }

    /// A single line that makes the server fail, whatever becomes of the others.
    private func isStuck(_ item: Item) -> Bool {
        guard item.lines == 1, item.history.isAside, let raw = try? BatchSurgery.decompress(item.body) else {
            return false
        }
        return SimulatedLine.number(raw).flatMap { server.kinds[$0] } == .crash
    }

    private mutating func turn() throws {
        if let next = nextFresh, now >= next {
            nextFresh = next + freshEvery
            try accept([.good])
        }
        if holds.hold(of: bucket) != nil { return try probe() }
        // The least suspected first, then the oldest.
        let due = queue.indices.filter { queue[$0].notBefore <= now }
        guard let first = due.min(by: { (queue[$0].history.suspicion, $0) < (queue[$1].history.suspicion, $1) }) else {
            now = queue.map(\.notBefore).min() ?? now
            return
        }
        switch circuit.permit(now: now) {
        case .refused(let until): now = max(now, until ?? now + .seconds(1))
        case .allowed(let ticket): try deliver(first, ticket)
        }
    }

    private mutating func probe() throws {
        guard let target = holds.takeDueProbe(now: now) else {
            now = max(now, holds.nextProbe ?? now)
            return
        }
        begin()
        let reply = try server.reply(to: [], now: now)
        _ = holds.record(reply, ofProbe: target, now: now, random: random())
    }

    /// A request takes its time.
    private mutating func begin() {
        requests += 1
        now += .milliseconds(Int.random(in: requestMilliseconds, using: &generator))
    }

    private mutating func random() -> Double { Double.random(in: 0..<1, using: &generator) }

    /// Small fresh neighbours go together.
    private func joined(from first: Int) -> Range<Int> {
        var end = first + 1
        var bytes = queue[first].body.count
        let isFree = { (item: Item) in !item.isAlone && item.history == BatchHistory() }
        guard isFree(queue[first]) else { return first..<end }
        while end < queue.count, end - first < 4, isFree(queue[end]), queue[end].notBefore <= now,
            bytes + queue[end].body.count <= size.limit
        {
            bytes += queue[end].body.count
            end += 1
        }
        return first..<end
    }

    private mutating func deliver(_ first: Int, _ ticket: Circuit.Ticket) throws {
        let range = joined(from: first)
        let items = Array(queue[range])
        let body = items.flatMap(\.body)
        begin()
        if range.count > 1 { counts.joined += 1 }
        let reply = try server.reply(to: body, now: now)
        let outcome = reply.circuitOutcome(isAside: items[0].history.isAside)
        if circuit.record(outcome, of: ticket, now: now, random: random()) == .closed {
            // They waited for the destination only, and go on in their order.
            for index in queue.indices where queue[index].history.suspicion == 0 { queue[index].notBefore = .zero }
        }
        let attempt = DeliveryPlan.Attempt(
            batches: items.count, lines: items.reduce(0) { $0 + $1.lines }, bytes: body.count,
            history: items[0].history, bucket: bucketHistory)
        let step = plan.step(after: reply, for: attempt, random: random())
        for index in range { queue[index].history.note(reply, step, in: bucketHistory) }
        bucketHistory.note(reply)
        switch reply {
        case .acknowledged: size.taken(bytes: body.count)
        case .tooLarge: size.refused(bytes: body.count)
        default: break
        }
        try perform(step, range, body)
    }

    private mutating func perform(_ step: DeliveryPlan.Step, _ range: Range<Int>, _ body: [UInt8]) throws {
        let items = Array(queue[range])
        switch step {
        case .forget:
            acknowledged += items.reduce(0) { $0 + $1.lines }
            queue.removeSubrange(range)
        case .retry(let after, _):
            for index in range { queue[index].notBefore = now + after }
        case .holdDestination(let message):
            counts.holds += 1
            _ = holds.hold(.destination, message, now: now, random: random())
        case .holdBucket(let message):
            counts.holds += 1
            _ = holds.hold(.bucket(bucket), message, now: now, random: random())
        case .separate:
            for index in range { queue[index].isAlone = true }
        case .split, .bisect:
            counts.splits += 1
            let halves = try #require(try BatchSurgery.halves(of: body, lines: items[0].lines))
            let pieces = [halves.first, halves.second].map {
                Item(body: $0.body, lines: $0.lines, history: items[0].history.ofPiece, isAlone: true)
            }
            queue.replaceSubrange(range, with: pieces)
        case .excise(let lines, _):
            try excise(lines, range)
        case .verify(let next):
            #expect(throws: Never.self) { () throws in try BatchSurgery.decompress(body) }
            for index in range { queue[index].history.isVerified = true }
            try perform(next, range, body)
        case .settle(let named, let count, _):
            try settle(named, count, range, body)
        case .setAside(let after, _):
            counts.aside += 1
            for index in range { queue[index].notBefore = now + after }
        case .deadLetter(let reason):
            let raw = try BatchSurgery.decompress(body)
            ServerLines.forEach(in: raw) { line, _ in bury(Array(line), reason) }
            queue.removeSubrange(range)
        }
    }

    private mutating func excise(_ lines: [RejectedLine], _ range: Range<Int>) throws {
        let items = Array(queue[range])
        guard let assigned = JoinedLines.assign(lines, counts: items.map(\.lines)) else {
            for index in range { queue[index].isAlone = true }
            return
        }
        var rest: [Item] = []
        for (item, lines) in zip(items, assigned) {
            if lines.isEmpty {
                rest.append(item)
                continue
            }
            let excision = try BatchSurgery.excise(lines, from: item.body, lines: item.lines)
            for line in excision.cut { bury(line.bytes, line.reason) }
            if let piece = excision.rest {
                rest.append(Item(body: piece.body, lines: piece.lines, history: item.history.ofPiece))
            }
        }
        queue.replaceSubrange(range, with: rest)
    }

    private mutating func settle(
        _ named: [RejectedLine], _ count: RefusedCount, _ range: Range<Int>, _ body: [UInt8]
    ) throws {
        counts.settled += 1
        let raw = try BatchSurgery.decompress(body)
        let found = Offenders.find(in: raw, precision: .nanoseconds, named: named, count: count)
        let texts = BatchSurgery.lines(Set(found.lines.map(\.number)), of: raw)
        for offender in found.lines { bury(try #require(texts[offender.number]), offender.reason) }
        acknowledged += queue[range].reduce(0) { $0 + $1.lines } - found.lines.count
        queue.removeSubrange(range)
    }

    private mutating func bury(_ line: [UInt8], _ reason: String) {
        deadCount += 1
        guard let number = SimulatedLine.number(line) else {
            Issue.record("no line: \(line)")
            return
        }
        if dead[number] != nil { Issue.record("line \(number) died twice") }
        dead[number] = reason
    }

    /// What must be true in the end.
    func check(_ comment: Comment) {
        let waiting = queue.flatMap { item -> [Int] in
            guard let raw = try? BatchSurgery.decompress(item.body) else { return [] }
            var numbers: [Int] = []
            ServerLines.forEach(in: raw) { line, _ in numbers += SimulatedLine.number(line).map { [$0] } ?? [] }
            return numbers
        }
        #expect(waiting.count == pendingLines, comment)
        // Only lines that make the server fail are left, each alone.
        for item in queue { #expect(item.history.isAside && item.lines == 1, comment) }
        #expect(waiting.allSatisfy { server.kinds[$0] == .crash }, comment)
        for (number, kind) in server.kinds {
            let places = [server.stored[number] != nil, dead[number] != nil, waiting.contains(number)]
            #expect(places.count { $0 } == 1, "line \(number), \(kind): \(places), \(comment)")
            if server.stored[number] != nil { #expect(kind.isGood, comment) }
            if dead[number] != nil { #expect(!kind.isGood && kind != .crash, comment) }
        }
        #expect(dead.values.allSatisfy { !$0.isEmpty }, comment)
    }
}
