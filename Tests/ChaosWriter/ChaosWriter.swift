import CoinlineBase
import Dispatch
import Foundation
import InfluxWriter
import LineProtocol

/// A process to be killed: it writes numbered points through the library and says on its standard output, at once and
/// line by line, what it offers and what was accepted. So whoever killed it knows what must not be lost.
///
/// `offered FIRST COUNT BUCKET PRECISION` before a call, `accepted FIRST COUNT` after it returned, `refused FIRST COUNT
/// REASON` where it threw, and at the end `report {…}`. Events go to the standard error. `SIGTERM` ends the work, and
/// the report tells how long the end took, in the time by which the writer waits.
@main
struct ChaosWriter {
    static func main() async throws {
        signal(SIGPIPE, SIG_IGN)
        let plan = try ChaosPlan(CommandLine.arguments.dropFirst())
        let timing = plan.timing
        let writer = try Writer(plan.configuration, to: plan.destination(), timing: timing)
        let end = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        signal(SIGTERM, SIG_IGN)
        let work = Task { plan.mode == .write ? await write(plan, writer) : await drain(plan, writer) }
        let endAsked = Locked<Duration?>(nil)
        end.setEventHandler { @Sendable in
            endAsked.withLock { $0 = $0 ?? timing.uptime() }
            work.cancel()
        }
        end.resume()
        // What tells others that it is there comes after it can be stopped.
        let events = Task { for await event in writer.events { say("\(event)\n", to: .standardError) } }
        await work.value
        let endBegun = endAsked.withLock { $0 } ?? timing.uptime()
        let report = await writer.close(within: .seconds(plan.closeSeconds))
        say("report \(json(report.status, endTook: timing.uptime() - endBegun))\n")
        await events.value
    }

    private static func drain(_ plan: ChaosPlan, _ writer: Writer) async {
        _ = await writer.drain(givingUpAfter: .seconds(plan.patienceSeconds))
    }

    /// Two callers at once, so that their points share batches.
    private static func write(_ plan: ChaosPlan, _ writer: Writer) async {
        let calls = Calls(plan)
        await withDiscardingTaskGroup { group in
            for _ in 0..<2 {
                group.addTask {
                    while !Task.isCancelled, let call = calls.next() { await perform(call, plan, writer) }
                }
            }
        }
    }

    private static func perform(_ call: Call, _ plan: ChaosPlan, _ writer: Writer) async {
        let source = ChaosPoints(run: plan.run, poison: plan.poison)
        let points = call.numbers.map { source.point($0, call.precision) }
        let numbers = "\(call.numbers.lowerBound) \(call.numbers.count)"
        say("offered \(numbers) \(call.bucket) \(call.precision.rawValue)\n")
        do {
            if call.isQueued {
                _ = try await writer.enqueue(points, to: call.bucket, precision: call.precision)
                try await writer.flush(within: .seconds(600))
            } else {
                _ = try await writer.write(points, to: call.bucket, precision: call.precision)
            }
            say("accepted \(numbers)\n")
        } catch {
            say("refused \(numbers) \(error)\n")
        }
    }

    private static func json(_ status: Status, endTook: Duration) -> String {
        func account(_ account: Account) -> [String: Any] {
            [
                "accepted": account.accepted, "acknowledged": account.acknowledged, "pending": account.pending,
                "deadLettered": account.deadLettered, "dropped": account.dropped, "removed": account.removed,
                "addsUp": account.addsUp,
            ]
        }
        let members: [String: Any] = [
            "total": account(status.total), "own": account(status.own), "held": status.held,
            "pendingBatches": status.pendingBatches, "pendingBytes": status.pendingBytes,
            "delivers": status.delivers, "requests": status.requests, "retries": status.retries,
            "holds": status.holds.count, "endMilliseconds": Int(endTook / .milliseconds(1)),
        ]
        let data = try? JSONSerialization.data(withJSONObject: members, options: .sortedKeys)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// In one system call, so that nothing of it is kept back.
    private static func say(_ text: String, to handle: FileHandle = .standardOutput) {
        handle.write(Data(text.utf8))
    }
}

/// What one call of the writer is given.
struct Call: Sendable {
    let numbers: Range<Int>
    let bucket: Bucket
    let precision: Precision
    /// By `enqueue` and `flush` instead of `write`.
    let isQueued: Bool
}

/// The calls of a run, handed out to whoever comes.
final class Calls: Sendable {
    private let plan: ChaosPlan
    private let state: Locked<(number: Int, dice: Dice)>

    init(_ plan: ChaosPlan) {
        self.plan = plan
        state = Locked((plan.first, Dice(seed: plan.seed)))
    }

    /// Nil after the last one.
    func next() -> Call? {
        state.withLock { state in
            let rest = plan.first + plan.count - state.number
            guard rest > 0 else { return nil }
            let count = min(rest, 1 + state.dice.roll(plan.callMax))
            let kind = state.dice.roll(8)
            state.number += count
            return Call(
                numbers: state.number - count..<state.number, bucket: Bucket(kind & 1 == 0 ? "chaos_a" : "chaos_b"),
                precision: kind & 2 == 0 ? .milliseconds : .seconds, isQueued: kind >= 6)
        }
    }
}

/// SplitMix64.
struct Dice: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// From 0 up to but not including `sides`.
    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(sides))
    }
}
