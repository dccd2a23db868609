import CoinlineBase
import LineProtocol
import TestKit
import Testing

@testable import InfluxWriter

/// What is worked out locally against a server that answers as InfluxDB 2.7.12 and can be looked into.
@Suite("Delivery: lines left out, against a server", .timeLimit(.minutes(8)))
struct DeliveryPartialTests {
    private static let time: Int64 = 1_767_225_600_000_000_000

    @Test("what is certain was left out, and what is said to be complete is all and nothing else")
    func random() async throws {
        let fake = try FakeInfluxDB2()
        let influx = try InfluxDB(influxConfiguration(fake.url, token: FakeInfluxDB2.operatorToken))
        var generator = SeededGenerator()
        var (partial, complete, exact, offenders) = (0, 0, 0, 0)
        for round in 0..<150 {
            let measurement = "m\(round)"
            let types = randomTypes(&generator)
            // In one order, or the seed would not give the same again.
            let known = types.sorted { $0.key < $1.key }.filter { _ in Bool.random(using: &generator) }
                .reduce(into: [:]) { $0[$1.key] = $1.value }
            let setUp = types.map { "\(measurement) \($0.key)=\(Self.text($0.value)) \(Self.time)" }
            let first = try batch((setUp + ["other v=1 \(Self.time)"]).joined(separator: "\n"), precision: .nanoseconds)
            #expect(await influx.deliver([first], to: Bucket("crypto_data")) == .acknowledged)
            let weeks = round % 4 == 0 ? 3 : 1
            let lines = (0..<Int.random(in: 1...12, using: &generator)).map { number in
                randomLine(measurement, number, weeks: weeks, &generator)
            }
            let sent = try batch(lines.joined(separator: "\n"), precision: .nanoseconds)

            let reply = await influx.deliver([sent], to: Bucket("crypto_data"))
            guard case .partial(let named, let count, _) = reply else {
                #expect(reply == .acknowledged)
                continue
            }
            var knowledge = Offenders.Knowledge()
            knowledge.isEndless = true
            knowledge.kind = { $0 == measurement ? known[$1] : nil }
            let found = Offenders.find(
                in: Array(lines.joined(separator: "\n").utf8), precision: .nanoseconds, named: named, count: count,
                knowledge: knowledge)

            let stored = Set(
                fake.points(in: "crypto_data").filter { $0.measurement == measurement }.map { $0.tags["k"] })
            let missing = lines.indices.filter { !stored.contains("\($0)") }.map { $0 + 1 }
            let comment = Comment(rawValue: "seed \(SeededGenerator.seed), \(types), \(lines), \(found)")
            partial += 1
            offenders += missing.count
            if found.lines.map(\.number) == missing { exact += 1 }
            // Where nothing is unknown but what the batch itself decides, nothing is missed.
            if known.count == types.count, weeks == 1 { #expect(found.lines.map(\.number) == missing, comment) }
            let certain = found.lines.filter(\.isCertain).map(\.number)
            #expect(certain.allSatisfy { missing.contains($0) }, comment)
            if found.isComplete {
                complete += 1
                #expect(found.lines.map(\.number) == missing, comment)
            }
        }
        print(
            "writes stored in part: \(partial) with \(offenders) lines left out, \(exact) found exactly, "
                + "\(complete) of them known to be complete")
        #expect(partial > 50 && complete > 15 && exact > partial / 2)
        await fake.stop()
    }

    private static let values: [FieldType: String] = [
        .float: "1.5", .integer: "1i", .unsigned: "1u", .boolean: "t", .string: "\"x\"",
    ]

    private static func text(_ kind: FieldType) -> String { values[kind] ?? "1" }

    private func randomKind(_ generator: inout SeededGenerator) -> FieldType {
        // Two of them most often, as in life.
        Int.random(in: 0..<4, using: &generator) == 0
            ? FieldType.allCases.randomElement(using: &generator) ?? .float
            : Bool.random(using: &generator) ? .float : .integer
    }

    private func randomTypes(_ generator: inout SeededGenerator) -> [String: FieldType] {
        var types: [String: FieldType] = [:]
        for field in ["a", "b", "c"] where Bool.random(using: &generator) { types[field] = randomKind(&generator) }
        return types
    }

    private func randomLine(
        _ measurement: String, _ number: Int, weeks: Int, _ generator: inout SeededGenerator
    ) -> String {
        let names = ["a", "b", "c", "d", "time"].shuffled(using: &generator)
        let fields = names.prefix(Int.random(in: 1...2, using: &generator)).map {
            "\($0)=\(Self.text(randomKind(&generator)))"
        }
        let week = Int64.random(in: 0..<Int64(weeks), using: &generator)
        let time = Self.time + week * 604_800_000_000_000 + Int64(number)
        return "\(measurement),k=\(number) \(fields.joined(separator: ",")) \(time)"
    }
}
