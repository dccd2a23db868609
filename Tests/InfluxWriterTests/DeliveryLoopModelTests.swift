import CoinlineBase
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

/// The loop over a real outbox and a server that misbehaves by chance, in a time of its own.
@Suite("Delivery loop: whatever the server does", .timeLimit(.minutes(8)))
struct DeliveryLoopModelTests {
    /// What a real server would say, and sometimes nothing of what it did.
    private final class ModelServer: Sendable {
        private struct State {
            var server = SimulatedServer()
            var generator: SeededGenerator
        }

        private let state: Locked<State>
        private let lostMax: Double

        init(seed: UInt64, lost: Double) {
            state = Locked(State(generator: SeededGenerator(seed: seed)))
            lostMax = lost
        }

        func change<Result: Sendable>(_ body: (inout SimulatedServer) -> Result) -> Result {
            state.withLock { body(&$0.server) }
        }

        func reply(to request: AnsweringDestination.Request) -> Reply {
            state.withLock { state in
                let luck = Double.random(in: 0..<1, using: &state.generator)
                do {
                    let body = request.batches.flatMap(\.body)
                    let reply = try state.server.reply(to: body, now: request.at)
                    // Stored, and nobody hears of it.
                    return !request.isProbe && luck < lostMax ? .unavailable("the connection was reset") : reply
                } catch {
                    Issue.record("\(error)")
                    return .unavailable("\(error)")
                }
            }
        }
    }

    private struct Model {
        let world: LoopWorld
        let server: ModelServer
        var lines = 0
        var batches = 0

        mutating func add(_ kinds: [SimulatedLine.Kind]) async throws {
            var texts: [String] = []
            for kind in kinds {
                lines += 1
                let number = lines
                server.change { $0.kinds[number] = kind }
                texts.append(SimulatedLine.text(number, kind))
            }
            batches += 1
            let name = BatchName(
                sealedMicroseconds: UInt64(batches), writer: 1, number: UInt32(batches), precision: .nanoseconds,
                lines: kinds.count)
            let body = try gzipped(texts.joined(separator: "\n") + "\n")
            _ = try await world.outbox.append(BatchFile(name: name, body: body), to: Bucket("b"))
            world.loop.wake()
        }
    }

    private static func model(_ round: Int, _ generator: inout SeededGenerator) async throws -> Model {
        let server = ModelServer(seed: generator.next(), lost: round % 4 < 2 ? 0.2 : 0)
        let random = Locked(SeededGenerator(seed: generator.next()))
        let world = try await LoopWorld({
            $0.requestLinesMax = [12, 60, 20_000][round % 3]
            $0.random = { random.withLock { Double.random(in: 0..<1, using: &$0) } }
        }) { server.reply(to: $0) }
        if round % 2 == 1 {
            let bytesMax = Int.random(in: 300...2_000, using: &generator)
            server.change { $0.bytesMax = bytesMax }
        }
        var start = Duration.zero
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let from = start + .seconds(Int.random(in: 0...20, using: &generator))
            let to = from + .seconds(Int.random(in: 1...1_800, using: &generator))
            let trouble = SimulatedServer.Trouble.allCases.randomElement(using: &generator) ?? .busy
            server.change { $0.troubles.append((from, to, trouble)) }
            start = to
        }
        return Model(world: world, server: server)
    }

    private static func kinds(_ round: Int, _ generator: inout SeededGenerator) -> [SimulatedLine.Kind] {
        let bad: [SimulatedLine.Kind] = [
            .poison, .poison, .conflict, .conflict, .opaque, round % 5 == 1 ? .crash : .poison,
        ]
        return (0..<Int.random(in: 1...12, using: &generator)).map { _ in
            if Int.random(in: 0..<100, using: &generator) < [2, 10, 40][round % 3] {
                return bad.randomElement(using: &generator) ?? .good
            }
            return Bool.random(using: &generator) ? SimulatedLine.Kind.good : .odd
        }
    }

    @Test("the counts add up at every moment, and in the end each line is stored or a dead letter, and once")
    func random() async throws {
        var generator = SeededGenerator()
        var (batches, dead, requests, failures) = (0, 0, 0, 0)
        for round in 0..<6 {
            var model = try await Self.model(round, &generator)
            for _ in 0..<30 { try await model.add(Self.kinds(round, &generator)) }
            // Stopped in the middle, as a process is, and begun again with the same folder.
            for _ in 0..<4 {
                let disk = try BlockedFolder(model.world.disk.layout.deadLetterFolder, Bool.random(using: &generator))
                defer { disk.free() }
                let goal = model.world.destination.requests.count + Int.random(in: 1...20, using: &generator)
                try await model.world.run {
                    for _ in 0..<5 { try await model.add(Self.kinds(round, &generator)) }
                    try await Self.pass(model) { $0.world.destination.requests.count >= goal }
                }
            }
            try await model.world.run {
                try await Self.pass(model) { _ in false }
            }
            try await Self.check(model, "seed \(SeededGenerator.seed), round \(round)")
            batches += model.batches
            dead += try model.world.deadLines().count
            requests += model.world.destination.requests.count
            failures += model.world.events.count {
                if case .retry(_, let text) = $0 { text.contains("outbox") } else { false }
            }
        }
        print(
            "delivery loop: \(batches) batches, \(dead) dead letters, \(requests) requests, \(failures) failures of the disk"
        )
        #expect(dead > 100 && requests > 400 && failures > 0)
    }

    /// Lets time pass until this holds, or nothing is left but lines that make the server fail, each alone.
    private static func pass(_ model: Model, until isDone: (Model) -> Bool) async throws {
        let world = model.world
        var turns = 0
        let deadline = ContinuousClock.now + .seconds(60)
        while !isDone(model) {
            guard ContinuousClock.now < deadline else {
                Issue.record("no end: \(world.snapshot), \(await world.outbox.status)")
                return
            }
            guard try await world.isIdle() else { continue }
            turns += 1
            if turns % 16 == 0, try await isOver(model) { return }
            let now = world.timing.timing.uptime()
            let wait = world.snapshot.nextTry.map { $0 - now } ?? .milliseconds(100)
            world.timing.advance(by: max(wait, .milliseconds(100)))
        }
    }

    private static func isOver(_ model: Model) async throws -> Bool {
        let waiting = try await waiting(model)
        let kinds = model.server.change { $0.kinds }
        return waiting.allSatisfy { $0.count == 1 && $0.allSatisfy { kinds[$0] == .crash } }
    }

    /// The lines that wait, by batch.
    private static func waiting(_ model: Model) async throws -> [[Int]] {
        try await model.world.outbox.oldest(limit: 256).map { file in
            let body = try Data(contentsOf: URL(fileURLWithPath: model.world.disk.path(file.name.fileName)))
            return numbers(try BatchSurgery.decompress(Array(body)))
        }
    }

    /// While it exists, nothing can be written to the folder: a file is in its place.
    private struct BlockedFolder {
        private let path: String
        private let isBlocked: Bool

        init(_ path: String, _ isBlocked: Bool) throws {
            (self.path, self.isBlocked) = (path, isBlocked)
            guard isBlocked else { return }
            let parent = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.moveItem(atPath: path, toPath: path + "-away")
            }
            try Data().write(to: URL(fileURLWithPath: path))
        }

        func free() {
            guard isBlocked else { return }
            do {
                try FileManager.default.removeItem(atPath: path)
                if FileManager.default.fileExists(atPath: path + "-away") {
                    try FileManager.default.moveItem(atPath: path + "-away", toPath: path)
                }
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    private static func numbers(_ raw: [UInt8]) -> [Int] {
        var numbers: [Int] = []
        ServerLines.forEach(in: raw) { line, _ in numbers += SimulatedLine.number(line).map { [$0] } ?? [] }
        return numbers
    }

    private static func check(_ model: Model, _ comment: Comment) async throws {
        let letters = try model.world.letters()
        var dead: [Int: Int] = [:]
        for letter in letters {
            guard case .line(let bytes) = letter.content, let number = SimulatedLine.number(bytes) else {
                Issue.record("a letter of a whole batch: \(letter.reason), \(comment)")
                continue
            }
            dead[number, default: 0] += 1
            #expect(!letter.reason.isEmpty, comment)
        }
        let waiting = Set(try await waiting(model).flatMap { $0 })
        let (kinds, stored) = model.server.change { ($0.kinds, $0.stored) }
        #expect(kinds.count == model.lines, comment)
        for (number, kind) in kinds {
            let places = [stored[number] != nil, dead[number] == 1, waiting.contains(number)]
            #expect(places.count { $0 } == 1, "line \(number), \(kind): \(places), \(comment)")
            if stored[number] != nil { #expect(kind.isGood, comment) }
            if waiting.contains(number) { #expect(kind == .crash, comment) }
        }
        let counts = await model.world.outbox.counts.all
        #expect(counts.appended == model.lines && counts.deadLettered == dead.count, comment)
        #expect(counts.acknowledged == stored.count && counts.vanished == 0, comment)
    }
}
