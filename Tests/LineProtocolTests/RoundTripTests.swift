import LineProtocol
import TestKit
import Testing

@Suite("Round trips over generated points")
struct RoundTripTests {
    @Test("what is encoded is read back as the same point", arguments: Dialect.allCases)
    func encodeAndParse(dialect: Dialect) throws {
        var points = GeneratedPoints()
        print("LineProtocol round trips: \(dialect), seed \(points.seed)")
        var written: [Point] = []
        var encoder = LineEncoder(precision: .microseconds, dialect: dialect)
        var seriesEncoder = LineEncoder(precision: .microseconds, dialect: dialect)
        var refused = 0
        while written.count < 12_000 {
            let point = points.next()
            let before = encoder.byteCount
            do throws(LineEncodingError) {
                try encoder.append(point)
                written.append(asWritten(point, .microseconds))
            } catch {
                refused += 1
                try #require(encoder.byteCount == before, "\(error), seed \(points.seed)")
            }
            do throws(LineEncodingError) {
                let series = try Series(measurement: point.measurement, tags: point.tags, dialect: dialect)
                try seriesEncoder.append(series, fields: point.fields, time: point.time)
            } catch {
                try #require(encoder.byteCount == before, "only the series refuses: \(error), seed \(points.seed)")
            }
        }
        #expect(refused > 1_000, "hostile points are among them")
        #expect(encoder.counts.refusedPoints == refused)
        #expect(encoder.counts.points == written.count)

        let bytes = encoder.take()
        #expect(seriesEncoder.take() == bytes, "seed \(points.seed)")
        let (lines, errors) = parseAll(bytes, precision: .microseconds)

        #expect(errors.isEmpty, "\(errors.first.map(String.init(describing:)) ?? ""), seed \(points.seed)")
        try #require(lines.count == written.count, "seed \(points.seed)")
        for (line, point) in zip(lines, written) where !isSame(line.point, point) {
            Issue.record("\(point) came back as \(line.point), seed \(points.seed)")
            return
        }
    }

    @Test("what is replaced needs no second replacement", arguments: Dialect.allCases)
    func replaceTwice(dialect: Dialect) throws {
        var points = GeneratedPoints()
        var replacing = LineEncoder(precision: .nanoseconds, dialect: dialect, text: .replace)
        var refusing = LineEncoder(precision: .nanoseconds, dialect: dialect)
        var refused = 0
        for _ in 0..<12_000 {
            do throws(LineEncodingError) {
                try replacing.append(points.next())
            } catch {
                refused += 1
                switch error.reason {
                case .empty, .reserved, .duplicate, .leadingHash, .noFields, .unsignedValue, .timeOutOfRange: continue
                default: Issue.record("\(error) under the replacing policy, seed \(points.seed)")
                }
            }
        }
        let counts = replacing.counts
        #expect(counts.replacedTexts > 1_000)
        #expect(counts.points + counts.refusedPoints == 12_000)
        #expect(counts.refusedPoints == refused)

        let bytes = replacing.take()
        let (lines, errors) = parseAll(bytes)
        try #require(errors.isEmpty && lines.count == counts.points, "seed \(points.seed)")
        for line in lines { try refusing.append(line.point) }

        #expect(refusing.take() == bytes, "seed \(points.seed)")
        #expect(refusing.counts.replacedTexts == 0)
    }
}
