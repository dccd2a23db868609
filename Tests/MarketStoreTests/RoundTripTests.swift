import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Round trip")
struct RoundTripTests {
    @Test("generated points, encoded, stored and read back, are the same points", arguments: 0..<4)
    func generated(run: Int) async throws {
        try await withTemporaryFolder { folder in
            let seed = SeededGenerator.seed &+ UInt64(run)
            var random = SeededGenerator(seed: seed)
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            var market = GeneratedMarket(&random)
            var model: [Identity: [String: FieldValue]] = [:]

            for _ in 0..<6 {
                let points = (0..<50).map { _ in market.point(&random) }
                for point in points {
                    for field in point.fields { model[Identity(point), default: [:]][field.key] = field.value }
                }
                let reply = await store.deliver([try batch(of: points)], to: testBucket)
                #expect(reply == .acknowledged, "seed \(seed)")
            }

            let reader = try StoreReader(path: path)
            var stored: [Identity: [String: FieldValue]] = [:]
            for summary in try reader.summaries() {
                let points = try reader.points(of: summary.measurement)
                #expect(
                    points.count == summary.points && Set(points.map { Identity($0).series }).count == summary.series)
                #expect(points.first?.time == summary.first && points.last?.time == summary.last)
                for point in points {
                    let fields = Dictionary(uniqueKeysWithValues: point.fields.map { ($0.key, $0.value) })
                    stored[Identity(point)] = fields
                }
            }
            #expect(stored == model, "seed \(seed)")
        }
    }

    /// What makes two points one.
    private struct Identity: Hashable {
        let series: [[UInt8]]
        let time: Int64?

        init(_ point: Point) {
            let tags = point.tags.map { [Array($0.key.utf8), Array($0.value.utf8)] }
                .sorted { $0[0].lexicographicallyPrecedes($1[0]) }
            series = [Array(point.measurement.utf8)] + tags.flatMap { $0 }
            time = point.time?.nanoseconds
        }
    }

    /// Few names, so that points meet each other; each field with one type for ever.
    private struct GeneratedMarket {
        private var measurements: [String] = []
        private var tagKeys: [String] = []
        private var fields: [(key: String, kind: Int)] = []

        init(_ random: inout SeededGenerator) {
            for _ in 0..<3 { measurements.append(Self.name(&random)) }
            for _ in 0..<4 { tagKeys.append(Self.name(&random)) }
            for kind in 0..<10 { fields.append((Self.name(&random), kind % 5)) }
            // Models are keyed by String here, so names must differ as such.
            measurements = Array(Set(measurements))
            tagKeys = Array(Set(tagKeys))
            fields = Dictionary(fields.map { ($0.key, $0.kind) }, uniquingKeysWith: min).map { ($0, $1) }
        }

        mutating func point(_ random: inout SeededGenerator) -> Point {
            let tags = tagKeys.filter { _ in Bool.random(using: &random) }
            var chosen = fields.filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
            if chosen.isEmpty { chosen = [fields[0]] }
            return Point(
                measurement: measurements.randomElement(using: &random) ?? "m",
                // A backslash before a blank is refused: servers may not find the end of such a line.
                tags: tags.map {
                    Tag($0, Self.text("abc,= \"'é😀א\\x", 1...4, &random).replacing("\\ ", with: "\\x"))
                },
                fields: chosen.map { Field($0.key, Self.value($0.kind, &random)) },
                time: Timestamp(
                    nanoseconds: Bool.random(using: &random)
                        ? Int64.random(in: 0...3, using: &random) : .random(in: Timestamp.range, using: &random)))
        }

        private static func name(_ random: inout SeededGenerator) -> String {
            text("aAbBtTxX~2,= '\"é😀", 1...4, &random)
        }

        /// Ends in a letter: a backslash at the end cannot be written.
        private static func text(_ letters: String, _ lengths: ClosedRange<Int>, _ random: inout SeededGenerator)
            -> String
        {
            let count = Int.random(in: lengths, using: &random)
            return String((0..<count).compactMap { _ in letters.randomElement(using: &random) }) + "z"
        }

        private static func value(_ kind: Int, _ random: inout SeededGenerator) -> FieldValue {
            switch kind {
            case 0:
                let number = Double(bitPattern: random.next())
                return .float(number.isFinite ? number : 0.1)
            case 1: return .integer(Int64(bitPattern: random.next()))
            case 2: return .unsigned(random.next())
            case 3: return .boolean(Bool.random(using: &random))
            default: return .string(text("ab\"\\,= \n\t\u{0}é😀", 0...6, &random))
            }
        }
    }
}
