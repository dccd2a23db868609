import CoinlineBase
import Foundation
import InfluxWriter
import LineProtocol
import TestKit

/// One data folder and one destination, through many deaths.
///
/// Processes write points and are killed; the destination is up, flapping or down meanwhile. At the end one process
/// sends what is left, and the law is checked. Everything random comes from the seed; what the machine does in between
/// is its own.
final class World {
    struct Plan: Sendable, CustomStringConvertible {
        let backend: Backend.Kind
        let seed: UInt64
        let kills: [Kill]

        var description: String { "\(kills.count) kills, \(backend.rawValue), seed \(seed)" }
    }

    /// Its waits pass so many times as fast.
    private static let speed = 20
    private static let poison = 97
    /// A batch of the writer has more, so that some are refused as too large.
    private static let bodyBytesMax = 700

    private let plan: Plan
    private let data: DataFolder
    private let backend: Backend
    private let front: Front
    private var dice: SeededGenerator
    private var ledger = Ledger()
    private var nextNumber = 0
    private var unreadable: [Int: String] = [:]
    private var tally = Tally()
    /// What the processes said, for a failure.
    private var history: [String] = []
    private var problems: [String] = []

    private var run: String { "r\(plan.seed)" }

    private init(_ plan: Plan, _ backend: Backend) throws {
        self.plan = plan
        self.backend = backend
        var template = Array("\(NSTemporaryDirectory())/coinline-chaos-XXXXXX".replacing("//", with: "/").utf8CString)
        guard mkdtemp(&template) != nil else { throw TestKitError("cannot make a temporary folder: \(errno)") }
        data = DataFolder(path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        front = try Front(backend: backend.url, bodyBytesMax: Self.bodyBytesMax, seed: plan.seed)
        dice = SeededGenerator(seed: plan.seed)
    }

    /// Problems are what the law says; none is good. Where there are some, the folder stays.
    static func live(_ plan: Plan) async throws -> (Tally, problems: [String]) {
        let backend = try await Backend.start(plan.backend)
        let world = try World(plan, backend)
        await world.note { for kill in plan.kills { try await world.round(kill) } }
        await world.note { try await world.end() }
        await world.front.goDown()
        await backend.stop()
        return world.finish()
    }

    /// What a step throws is a problem, and the next one is taken all the same.
    private func note(_ step: () async throws -> Void) async {
        do {
            try await step()
        } catch {
            problems.append("\(error)")
        }
    }

    private func finish() -> (Tally, problems: [String]) {
        guard !problems.isEmpty else {
            try? FileManager.default.removeItem(atPath: data.path)
            return (tally, [])
        }
        for (name, lines) in [("history", history), ("requests", front.journal)] {
            let content = Data(lines.joined(separator: "\n").utf8)
            _ = FileManager.default.createFile(atPath: "\(data.path)/\(name).txt", contents: content)
        }
        let shown = problems.prefix(20) + (problems.count > 20 ? ["and \(problems.count - 20) more"] : [])
        return (tally, ["\(plan), folder \(data.path)"] + shown)
    }

    // MARK: Rounds

    /// Runs processes until one has died as it should.
    private func round(_ kill: Kill) async throws {
        if roll(5) == 0 { try await stop() }
        for attempt in 1...6 {
            if try await isKilled(kill, attempt) { return }
        }
        throw TestKitError("\(kill) was not reached")
    }

    /// Asked to end in any weather, a process ends soon, and what it reports is what lies on disk.
    private func stop() async throws {
        let mood = Front.Mood.allCases[roll(3)]
        try await front.set(mood)
        let flapping = mood == .flapping ? flap() : nil
        let before = try await Whereabouts(data, backend)
        let process = try await start("write", .moment(milliseconds: 0), speed: 1)
        await untilAccepting(process)
        try await Task.sleep(for: .milliseconds(roll(150)))
        process.program.signal(SIGTERM)
        let result = await process.program.result(deadline: .seconds(30))
        flapping?.cancel()
        await flapping?.value
        tally.stops += 1
        await note(result, of: process, "stopped, \(mood.rawValue)", before)
    }

    private func isKilled(_ kill: Kill, _ attempt: Int) async throws -> Bool {
        // What did not come the first time is made easy to come to.
        let mood = attempt == 1 ? mood(for: kill) : .up
        var count = kill
        if case .point(let point, _) = kill, attempt > 1 { count = .point(point, 1) }
        if case .point(.betweenDeadLetterAndRest, let count) = count {
            for _ in 0..<count + 1 { try plant() }
        }
        let hasBacklog = attempt == 1 && data.pendingLines > 0
        let isDrain = hasBacklog && isOfDelivery(kill) && roll(3) == 0
        try await front.set(mood)
        let flapping = mood == .flapping ? flap() : nil
        let before = try await Whereabouts(data, backend)
        let first = try await start(isDrain ? "drain" : "write", count)
        let second = attempt == 1 && roll(4) == 0 ? try await startSecond(first) : nil
        if case .moment(let milliseconds) = count {
            await untilAccepting(first)
            try await Task.sleep(for: .milliseconds(milliseconds))
            first.program.signal(SIGKILL)
        }
        let result = await first.program.result(deadline: .seconds(30))
        if let second { await end(second) }
        flapping?.cancel()
        await flapping?.value
        await note(result, of: first, "\(count), \(mood.rawValue)", second == nil ? before : nil)
        let isKilled = result.signal == SIGKILL && !result.isTimedOut
        if isKilled { tally.kills[name(of: kill, alone: second == nil), default: 0] += 1 }
        return isKilled
    }

    /// With the file that it was about.
    private func name(of kill: Kill, alone: Bool) -> String {
        guard case .point(let point, _) = kill, point.isOfAnyFile else { return kill.name }
        return "\(kill.name), \(alone ? data.newest ?? "nothing" : "beside another process")"
    }

    private func mood(for kill: Kill) -> Front.Mood {
        if case .point(let point, _) = kill, point.needsDestination { return roll(3) == 0 ? .flapping : .up }
        return [Front.Mood.up, .flapping, .flapping, .down][roll(4)]
    }

    private func isOfDelivery(_ kill: Kill) -> Bool {
        if case .point(let point, _) = kill { return point.needsDestination || point == .inRequest }
        return true
    }

    private func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &dice) }

    /// Comes and goes, until cancelled; then it is there.
    private func flap() -> Task<Void, Never> {
        let (front, seed) = (front, dice.next())
        return Task {
            var dice = SeededGenerator(seed: seed)
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(Int.random(in: 30...250, using: &dice)))
                await front.goDown()
                try? await Task.sleep(for: .milliseconds(Int.random(in: 10...120, using: &dice)))
                try? await front.comeUp()
            }
            try? await front.comeUp()
        }
    }

    // MARK: Processes

    private struct Process {
        let program: RunningProgram
        let words: String
        let speed: Int
    }

    /// - Parameter isLast: it has all the time that a busy machine may need.
    private func start(
        _ mode: String, _ kill: Kill?, speed: Int = World.speed, isLast: Bool = false
    ) async throws -> Process {
        var path = try Programs.ordinary()
        var environment: [String: String] = [:]
        if case .point(let point, let count) = kill {
            guard let withFaults = Programs.withFaults else { throw TestKitError("run Scripts/chaos.sh") }
            path = withFaults
            environment["COINLINE_FAULT"] = "\(point.rawValue):\(count)"
        }
        // One that is killed from outside does not come to its end before that.
        let isEndless = if case .moment = kill { true } else { false }
        let count = mode == "write" ? isEndless ? 5_000 : 200 + roll(600) : 0
        let words =
            backend.words + [
                "mode=\(mode)", "folder=\(data.path)", "url=\(front.url)", "run=\(run)", "seed=\(roll(1 << 40))",
                "first=\(nextNumber)", "count=\(count)", "poison=\(Self.poison)", "callMax=\(20 + roll(100))",
                "batchLines=60", "speed=\(speed)", "closeSeconds=\(speed)",
            ]
            + (isLast
                ? ["deadlineMs=30000", "patienceSeconds=\(60 * speed)"] : ["deadlineMs=1500", "patienceSeconds=20"])
        nextNumber += count
        var run = ProgramRun(path, words)
        run.environment.merge(environment) { $1 }
        tally.restarts += 1
        return Process(program: try await run.start(), words: words.joined(separator: " "), speed: speed)
    }

    /// A process that adds while another one delivers, and takes over when that dies.
    private func startSecond(_ first: Process) async throws -> Process {
        await untilAccepting(first)
        return try await start("write", nil)
    }

    /// Nothing tells of a line in a file, so this looks again and again.
    private func untilAccepting(_ process: Process) async {
        let deadline = ContinuousClock.now + .seconds(5)
        while process.program.isRunning, .now < deadline, !process.program.outputSoFar.contains("accepted ") {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private func end(_ second: Process) async {
        let isKilled = roll(2) == 0
        try? await Task.sleep(for: .milliseconds(roll(300)))
        second.program.signal(isKilled ? SIGKILL : SIGTERM)
        let result = await second.program.result(deadline: .seconds(30))
        if result.signal == SIGKILL, isKilled { tally.kills[Kill.moment(milliseconds: 0).name, default: 0] += 1 }
        if !isKilled { tally.stops += 1 }
        await note(result, of: second, isKilled ? "killed beside another" : "stopped beside another", nil)
    }

    /// - Parameter before: where everything was when it began; nil where others worked beside it.
    private func note(
        _ result: ProgramResult, of process: Process, _ title: String, _ before: Whereabouts?
    ) async {
        let disk = "pending \(data.pending.map(\.name.fileName)), letters \(data.letterNames)"
        history.append("== \(title)\n\(process.words)\n\(result)\n--- on disk\n\(disk)")
        ledger.read(result.outputText)
        if result.isTimedOut { problems.append("\(title): it did not end") }
        guard result.exitCode == 0 else {
            // Asked to stop before it listens for that, it dies of it.
            let isTooEarly = result.signal == SIGTERM && result.output.isEmpty
            if result.signal != SIGKILL, !isTooEarly { problems.append("\(title): \(result)") }
            return
        }
        do {
            guard let report = try ProcessReport(output: result.outputText) else {
                return problems.append("\(title): no report")
            }
            let balance = Balance(before: before, after: try await Whereabouts(data, backend), said: Ledger(result))
            problems += balance.problems(of: report).map { "\(title): \($0)" }
            if report.held != 0 { problems.append("\(title): lines are held after the end: \(report)") }
            if report.endMilliseconds > process.speed * (1_000 + Programs.slackMilliseconds) {
                problems.append("\(title): its end took too long: \(report)")
            }
        } catch {
            problems.append("\(title): \(error)")
        }
    }

    // MARK: Foreign batches

    /// A batch of another writer, with a line that no server can read, and one of the wrong type.
    private func plant() throws {
        let count = 12 + roll(20)
        let numbers = nextNumber..<nextNumber + count
        nextNumber += count
        let bad = numbers.lowerBound + [0, count / 2, count - 1][roll(3)]
        unreadable[bad] = "chaos,lane=0,run=\(run) n=\(bad)i,v= 1767571200000"
        let lines = numbers.map { number in
            unreadable[number]
                ?? Expected.line(number, run: run, hasClash: number % Self.poison == Self.poison - 1)
        }
        let bucket = Backend.buckets[roll(2)]
        try data.add(lines, to: bucket, .milliseconds, writer: UInt32(truncatingIfNeeded: dice.next()))
        ledger.note(numbers, Ledger.Offer(bucket: bucket, precision: "ms"))
    }

    // MARK: The end

    private func end() async throws {
        try await front.set(.up)
        let before = try await Whereabouts(data, backend)
        let process = try await start("drain", nil, isLast: true)
        let result = await process.program.result(deadline: .seconds(120))
        await note(result, of: process, "the end", before)
        let law = Law(run: run, poison: Self.poison, unreadable: unreadable)
        let outcome = try await law.check(ledger, backend, data)
        problems += outcome.problems
        tally.accepted = ledger.accepted.count
        tally.stored = outcome.stored
        tally.letters = outcome.letters
        tally.repeats = max(0, front.passedLines - outcome.stored - outcome.letters)
    }
}
