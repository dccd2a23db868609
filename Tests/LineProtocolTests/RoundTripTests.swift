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
                written.append(expected(point, .microseconds))
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

    /// What a reader finds: tags sorted and with a value, fields that are finite, whole units.
    private func expected(_ point: Point, _ precision: Precision) -> Point {
        var expected = point
        expected.tags = point.tags.filter { !$0.value.utf8.isEmpty }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        expected.fields = point.fields.filter { field in
            if case .float(let number) = field.value { number.isFinite } else { true }
        }
        expected.time = point.time.flatMap { Timestamp($0.value(in: precision), precision: precision) }
        return expected
    }

    /// Equal, and floats bit by bit.
    private func isSame(_ left: Point, _ right: Point) -> Bool {
        left == right
            && zip(left.fields, right.fields).allSatisfy { pair in
                guard case (.float(let a), .float(let b)) = (pair.0.value, pair.1.value) else { return true }
                return a.bitPattern == b.bitPattern
            }
    }
}

@Suite("Reading anything")
struct RandomBytesTests {
    @Test("random bytes neither stop the parser nor keep it running")
    func randomBytes() {
        var random = SeededGenerator()
        let alphabet = Array("m,t=v \\\"\n\r\t#-.0159eiuTtrueF\u{E9}\u{0}\u{7F}".utf8) + [0xFF, 0xC3]
        for round in 0..<20_000 {
            let count = Int(random.next() % 60)
            let bytes = (0..<count).map { _ in
                round % 4 == 0
                    ? UInt8(truncatingIfNeeded: random.next()) : alphabet[Int(random.next() % UInt64(alphabet.count))]
            }

            let (lines, errors) = parseAll(bytes)

            checkRanges(lines.map(\.bytes) + errors.map(\.bytes), in: bytes)
            if errors.contains(where: { $0.line < 1 || $0.column < 1 || $0.message.isEmpty }) {
                Issue.record("\(errors) in \(bytes), seed \(SeededGenerator.seed)")
            }
        }
    }

    @Test("a line with one byte changed is read or refused, and the lines around it are read")
    func changedByte() {
        var random = SeededGenerator()
        let middle = Array(#"m,t=a\ b,u=c v=1.5,w="x\"y",z=3i 1760000000000000000"#.utf8)
        for _ in 0..<10_000 {
            var changed = middle
            changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next())
            // A quote that is lost or won may take what follows with it: there only the line before is certain.
            let isCertain = changed.count { $0 == 0x22 } == 3 && changed.count { $0 == 0x5C } == 2
            let bytes = Array("first v=1 1\n".utf8) + changed + Array("\nlast v=2 2\n".utf8)

            let (lines, errors) = parseAll(bytes)

            let names = lines.map(\.point.measurement)
            if names.first != "first" || (isCertain && names.last != "last") {
                Issue.record("\(names) and \(errors) in \(changed), seed \(SeededGenerator.seed)")
                return
            }
            checkRanges(lines.map(\.bytes) + errors.map(\.bytes), in: bytes)
        }
    }

    /// Every byte but blanks, comments and line ends belongs to one line.
    private func checkRanges(_ ranges: [Range<Int>], in bytes: [UInt8]) {
        var end = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound < end || range.upperBound > bytes.count {
                Issue.record("\(ranges) in \(bytes), seed \(SeededGenerator.seed)")
                return
            }
            end = range.upperBound
        }
    }
}
