import CoinlineBase
import CoinlineCompression
import LineProtocol
import TestKit
import Testing

@testable import InfluxWriter

/// Every recorded answer of InfluxDB 2.7.12 to a write, given to delivery's decision: what it does next must agree with
/// what that server had stored, which a query right behind the write shows.
@Suite("Delivery against the recorded answers of InfluxDB 2.7.12", .requiresSharedFacts, .timeLimit(.minutes(8)))
struct DeliveryRecordedTests {
    @Test("what delivery does next agrees with what the server had really stored")
    func all() throws {
        var tally = Tally()
        let exchanges = try RecordedExchange.all("influxdb2/write.json")

        for (index, exchange) in exchanges.enumerated() {
            guard !RecordedWrite.isReadBack(exchange), exchange.path.contains("/write") else { continue }
            let next = index + 1 < exchanges.count ? exchanges[index + 1] : nil
            let readBack = next.flatMap { $0.name == exchange.name + " / stored" ? $0 : nil }
            try check(RecordedDelivery(exchange, readBack: readBack), &tally)
        }

        tally.report()
        #expect(tally.steps.values.reduce(0, +) == 172)
        #expect(tally.exact + tally.inexact.count == 11)
        #expect(tally.inexact.count == 1)
        // One of the lines holds the server's words itself.
        #expect(tally.namedLines == exchanges.reduce(-1) { $0 + RecordedDelivery.namedLines(in: $1) })
    }

    private func check(_ delivery: RecordedDelivery, _ tally: inout Tally) throws {
        // What is damaged has no lines, but its name has.
        let attempt = DeliveryPlan.Attempt(
            lines: delivery.isDamaged ? 2_000 : max(1, delivery.lines.count), bytes: delivery.body?.count ?? 0)
        let step = DeliveryPlan().step(after: try delivery.reply(), for: attempt, random: 0.5)
        tally.steps[String(words(step).prefix { $0.isLetter }), default: 0] += 1
        if delivery.readBack != nil { tally.readBacks += 1 }
        let name = Comment(rawValue: delivery.name)
        switch step {
        case .forget:
            #expect(delivery.exchange.status == 204, name)
            try checkAllStored(delivery, &tally)
        case .settle(let named, let count, _):
            try checkOffenders(delivery, named, count, &tally)
        case .excise(let refused, _):
            #expect(delivery.exchange.status == 400, name)
            checkNothingStored(delivery)
            try checkExcision(delivery, refused, &tally)
        case .retry, .holdDestination, .holdBucket, .verify:
            checkNothingStored(delivery)
        case .separate, .split, .bisect, .setAside, .deadLetter:
            Issue.record("\(delivery.name): \(words(step)) is no first step here")
        }
        if case .verify = step { #expect(delivery.isDamaged, name) }
    }

    /// A server's text is damaged where its gzip is.
    private func checkNothingStored(_ delivery: RecordedDelivery) {
        guard let stored = delivery.readBack else { return }
        for line in delivery.lines {
            #expect(!line.cells.contains { stored.holds($0) }, "\(delivery.name): \(line.text.prefix(200))")
        }
    }

    private func checkAllStored(_ delivery: RecordedDelivery, _ tally: inout Tally) throws {
        guard let stored = delivery.readBack else { return }
        for line in delivery.lines {
            guard line.isReadable else {
                tally.unreadable.append("\(delivery.name): \(line.text)")
                continue
            }
            guard !line.cells.allSatisfy(stored.holds) else {
                tally.storedLines += 1
                continue
            }
            tally.hidden.append(delivery.name)
            #expect(Tally.hiddenExpected[delivery.name] != nil, "\(delivery.name): \(line.cells) is not stored")
        }
    }

    private func checkExcision(
        _ delivery: RecordedDelivery, _ refused: [RejectedLine], _ tally: inout Tally
    ) throws {
        tally.namedLines += refused.count
        let numbers = Set(refused.compactMap(\.number))
        for line in delivery.lines {
            #expect(numbers.contains(line.number) != line.isReadable, "\(delivery.name): \(line.text.prefix(200))")
        }
        let body = try #require(delivery.body)
        // As many as were written: an unclosed quote makes one line of several.
        let written = delivery.name.contains("unclosed string") ? 3 : delivery.lines.count

        let excision = try BatchSurgery.excise(refused, from: body, lines: written)

        #expect(excision.cut.count + (excision.rest?.lines ?? 0) == written, "\(delivery.name)")
        guard let rest = excision.rest else { return }
        let left = RecordedDelivery.lines(of: try BatchSurgery.decompress(rest.body), precision: .nanoseconds)
        #expect(left.count == rest.lines && left.allSatisfy { $0.isReadable }, "\(delivery.name)")
        tally.keptLines += left.count
    }

    private func checkOffenders(
        _ delivery: RecordedDelivery, _ named: [RejectedLine], _ count: RefusedCount, _ tally: inout Tally
    ) throws {
        let raw = try BatchSurgery.decompress(#require(delivery.body))
        var knowledge = Offenders.Knowledge()
        knowledge.isEndless = delivery.isEndless
        let found = Offenders.find(
            in: raw, precision: .nanoseconds, named: named, count: count, knowledge: knowledge)
        guard let stored = delivery.readBack else {
            tally.inexact.append("\(delivery.name): \(found.lines.map(\.number)), \(found.doubts), never read back")
            #expect(!found.isComplete, "\(delivery.name)")
            return
        }
        let missing = delivery.lines.filter { line in
            let cells = line.cells.filter { $0.field != "time" }
            return cells.isEmpty || !cells.allSatisfy(stored.holds)
        }
        // Our own reading of what is stored must leave something of both kinds to tell apart.
        #expect(!missing.isEmpty, "\(delivery.name)")
        let numbers = found.lines.map(\.number)
        if numbers == missing.map(\.number) {
            tally.exact += 1
            tally.offenders += numbers.count
            if found.isComplete {
                tally.complete += 1
            } else {
                tally.doubted.append("\(delivery.name): \(found.doubts)")
            }
        } else {
            tally.inexact.append("\(delivery.name): \(numbers) for \(missing.map(\.number))")
        }
    }
}

/// What the test saw, for its own output.
private struct Tally {
    /// Acknowledged lines that no query of the recording shows, and why.
    static let hiddenExpected = [
        "form: escaped equals in measurement": "no query finds such a series again",
        "form: smallest timestamp": "before the query's range", "form: largest timestamp": "behind the query's range",
        "form: same point twice": "overwritten by the other", "form: duplicate field": "the last value wins",
        "form: field named time": "left out, the rest is stored",
        "one field, another type in another shard": "hidden by the type of the first shard",
        "form: string 70000": "the recording is cut", "form: long tag 60000": "the recording is cut",
    ]

    var steps: [String: Int] = [:]
    var readBacks = 0
    var storedLines = 0
    var namedLines = 0
    var keptLines = 0
    var exact = 0
    var complete = 0
    var offenders = 0
    var unreadable: [String] = []
    var hidden: [String] = []
    var inexact: [String] = []
    var doubted: [String] = []

    func report() {
        let all = steps.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let hidden = hidden.map { "\($0) (\(Self.hiddenExpected[$0] ?? "?"))" }
        print("delivery's first steps: \(all); \(readBacks) of them read back")
        print("  \(storedLines) acknowledged lines found stored; hidden: \(hidden)")
        print("  \(unreadable.count) taken by the server and not strict line protocol: \(unreadable)")
        print("  \(namedLines) named lines cut, \(keptLines) kept")
        print("  stored in part: \(exact) exact with \(offenders) offenders (\(complete) known to be complete)")
        print("  not exact: \(inexact)")
        print("  exact, with doubts told: \(doubted)")
    }
}
