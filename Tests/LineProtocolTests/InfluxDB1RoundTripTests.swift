import CoinlineCompression
import LineProtocol
import TestKit
import Testing

/// Generated points through the encoder and gzip into a real InfluxDB 1.6.7, and back through its queries.
///
/// The list of what that server is known to change is empty: what it would change, the encoder refuses, replaces or leaves
/// out (unsigned numbers, backslashes before separators, tags without a value, numbers that are not finite, parts of a
/// unit of time), each counted. Everything written has to come back as it was.
@Suite("Points through a real server")
struct InfluxDB1RoundTripTests {
    private static let pointCount = 10_000
    private static let measurementCount = 80

    /// What was sent, and what is to be found.
    private struct Sent {
        var points: [Identity: Point] = [:]
        var batches: [Batch] = []
        var refusals: [String: Int] = [:]
        var counts = EncodingCounts()
    }

    private struct Batch {
        let precision: Precision
        let bytes: [UInt8]
    }

    @Test("10,000 generated points come back from InfluxDB 1.6.7 as they were", .requiresTestServers)
    func roundTrip() async throws {
        let server = try await InfluxDB1.start()
        do {
            let sent = try generated()
            try await server.createDatabase("points")
            for batch in sent.batches { try await write(batch, to: server) }

            let stored = try await StoredPoints(server, database: "points").points

            compare(sent, stored)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func compare(_ sent: Sent, _ stored: [Identity: Point]) {
        var equal = 0
        var changes: [String] = []
        for (identity, point) in sent.points {
            if let back = stored[identity], isSame(back, point) {
                equal += 1
            } else {
                changes.append("\(point) came back as \(stored[identity].map { "\($0)" } ?? "nothing")")
            }
        }
        print(
            """
            LineProtocol through InfluxDB 1.6.7: \(sent.points.count) points sent, \(equal) came back equal, \
            \(changes.count) changed, seed \(SeededGenerator.seed); \(sent.counts.replacedTexts) texts were replaced before, \
            \(sent.counts.droppedTags) empty tags and \(sent.counts.droppedFields) fields that are no number left out, \
            refused: \(sent.refusals.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })
            """)
        #expect(sent.points.count == Self.pointCount)
        #expect(changes.isEmpty, "\(changes.prefix(5).joined(separator: "\n")), seed \(SeededGenerator.seed)")
        #expect(stored.count == Self.pointCount, "no other points are there")
        #expect(sent.counts.replacedTexts > 1_000)
        for reason in ["controlByte", "trailingBackslash", "backslashBefore", "unsignedValue"] {
            #expect(sent.refusals[reason] ?? 0 > 0, "hostile texts are among them: \(reason)")
        }
    }

    private func write(_ batch: Batch, to server: InfluxDB1) async throws {
        let unit =
            switch batch.precision {
            case .nanoseconds: "n"
            case .microseconds: "u"
            case .milliseconds: "ms"
            case .seconds: "s"
            }
        var gzip = try Gzip()
        var request = RawRequest("POST", "\(server.url)/write?db=points&precision=\(unit)")
        request.headers = [("Content-Encoding", "gzip")]
        request.body = try gzip.compress(batch.bytes)
        let answer = try await request.send()
        #expect(answer.status == 204, "\(answer.text.prefix(1_000))")
    }

    private func generated() throws -> Sent {
        var random = SeededGenerator()
        var sent = Sent()
        let borders = borderPoints()
        let generatedCount = Self.pointCount - borders.count
        try add(borders, to: &sent)
        for number in 0..<Self.measurementCount {
            let count =
                (number + 1) * generatedCount / Self.measurementCount - number * generatedCount / Self.measurementCount
            let measurement = GeneratedMeasurement(
                number: number, precision: Precision.allCases[number % 4],
                policy: number / 4 % 2 == 0 ? .refuse : .replace, refusals: &sent.refusals, using: &random)
            try add(count, of: measurement, to: &sent, using: &random)
        }
        return sent
    }

    private func add(_ points: [Point], to sent: inout Sent) throws {
        var encoder = LineEncoder(precision: .nanoseconds, dialect: .influx1)
        for point in points {
            try encoder.append(point)
            sent.points[Identity(point)] = inServerOrder(point)
        }
        sent.batches.append(Batch(precision: .nanoseconds, bytes: encoder.take()))
    }

    private func add(
        _ count: Int, of measurement: GeneratedMeasurement, to sent: inout Sent, using random: inout SeededGenerator
    ) throws {
        let precision = measurement.precision
        var encoder = LineEncoder(precision: precision, dialect: .influx1, text: measurement.policy)
        var expected: [Point] = []
        while expected.count < count {
            let point = measurement.point(expected.count, using: &random)
            do throws(LineEncodingError) {
                try encoder.append(point)
                expected.append(asWritten(point, precision))
            } catch {
                sent.refusals[GeneratedMeasurement.word(for: error), default: 0] += 1
            }
        }
        sent.counts += encoder.counts
        let batch = Batch(precision: precision, bytes: encoder.take())
        sent.batches.append(batch)
        if measurement.policy == .replace {
            // Replaced texts are what the line says; what replacing gives has tests of its own.
            expected = parseAll(batch.bytes, precision: precision).lines.map(\.point)
        }
        for point in expected { sent.points[Identity(inServerOrder(point))] = inServerOrder(point) }
    }
}
