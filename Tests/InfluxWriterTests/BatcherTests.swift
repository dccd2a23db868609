import CoinlineCompression
import InfluxWriter
import Testing

@Suite("Batcher")
struct BatcherTests {
    private func batcher(linesMax: Int = 5_000, bytesMax: Int = 4 << 20) throws -> Batcher {
        var limits = Batcher.Limits()
        limits.linesMax = linesMax
        limits.bytesMax = bytesMax
        let namer = BatchNamer(writer: 1) { Timestamp(nanoseconds: 1_760_000_000_000_999_999) }
        return try Batcher(namer: namer, limits: limits)
    }

    private func point(_ number: Int, text: String? = nil) -> Point {
        let fields = text.map { [Field("s", .string($0))] } ?? [Field("v", .integer(Int64(number)))]
        return Point(
            measurement: "m", tags: [Tag("n", "\(number)")], fields: fields,
            time: Timestamp(nanoseconds: Int64(number) * 1_000_000))
    }

    private func lines(_ batch: BatchFile) throws -> [String] {
        let bytes = try Gunzip.decompress(batch.body, outputBytesMax: 64 << 20)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("a batch is sealed when it has as many lines as allowed, and the rest by hand")
    func lineLimit() throws {
        var batcher = try batcher(linesMax: 3)

        let sealed = try (0..<7).map { try batcher.add(point($0)) }
        let last = try batcher.seal()

        #expect(sealed.map { $0?.lines } == [nil, nil, 3, nil, nil, 3, nil])
        #expect(
            try sealed.compactMap { $0 }.map(lines) == [
                ["m,n=0 v=0i 0", "m,n=1 v=1i 1", "m,n=2 v=2i 2"], ["m,n=3 v=3i 3", "m,n=4 v=4i 4", "m,n=5 v=5i 5"],
            ])
        #expect(try last.map(lines) == ["m,n=6 v=6i 6"])
        #expect(try batcher.seal() == nil)
        #expect(batcher.takenCount == 7 && batcher.addedCount == 7)
    }

    @Test("a batch never has more bytes than allowed")
    func byteLimit() throws {
        var batcher = try batcher(bytesMax: 1_000)
        var batches: [BatchFile] = []

        for number in 0..<50 {
            if let batch = try batcher.add(point(number, text: String(repeating: "x", count: number * 9))) {
                batches.append(batch)
            }
        }
        if let batch = try batcher.seal() { batches.append(batch) }

        for batch in batches {
            #expect(try Gunzip.decompress(batch.body, outputBytesMax: 1_000).count <= 1_000)
            #expect(try lines(batch).count == batch.lines)
        }
        #expect(batches.reduce(0) { $0 + $1.lines } == 50)
        #expect(batches.map(\.name) == batches.map(\.name).sorted())
    }

    @Test("a line longer than a batch is refused and named")
    func oversized() throws {
        var batcher = try batcher(bytesMax: 300)

        _ = try batcher.add(point(0, text: "short"))
        let full = try batcher.add(point(1, text: String(repeating: "x", count: 400)))
        _ = try batcher.add(point(2, text: "short"))

        #expect(full?.lines == 1)
        #expect(batcher.refusals.map(\.index) == [1])
        #expect(batcher.refusals.first?.reason.contains("300") == true)
        #expect(batcher.openLines == 1 && batcher.takenCount == 2 && batcher.refusedCount == 1)
    }

    @Test("a point that cannot be written is refused with its number and reason and the others are not touched")
    func refusal() throws {
        var batcher = try batcher()

        _ = try batcher.add(point(0))
        _ = try batcher.add(Point(measurement: "", tags: [], fields: [Field("v", .integer(1))], time: nil))
        _ = try batcher.add(
            Point(measurement: "nan", tags: [], fields: [Field("v", .float(.nan))], time: Timestamp(nanoseconds: 0)))
        _ = try batcher.add(point(3))
        let batch = try #require(try batcher.seal())

        #expect(try lines(batch) == ["m,n=0 v=0i 0", "m,n=3 v=3i 3"])
        #expect(batcher.refusals.map(\.index) == [1, 2])
        #expect(batcher.refusals.map(\.measurement) == ["", "nan"])
        #expect(batcher.refusals.allSatisfy { !$0.reason.isEmpty })
        #expect(batcher.addedCount == 4)
    }

    @Test("a point without a time gets the time of the call, cut to the precision")
    func receiptTime() throws {
        var batcher = try batcher()

        _ = try batcher.add(Point(measurement: "m", tags: [], fields: [Field("v", .boolean(true))], time: nil))
        let batch = try #require(try batcher.seal())

        #expect(try lines(batch).first?.hasSuffix(" 1760000000000") == true)
        #expect(batch.precision == .milliseconds)
        #expect(batch.name.sealedMicroseconds == 1_760_000_000_000_999)
    }

    @Test("only so many refusals are remembered, all are counted")
    func refusalBound() throws {
        var batcher = try batcher()
        for _ in 0..<1_200 { _ = try batcher.add(Point(measurement: "", tags: [], fields: [], time: nil)) }
        #expect(batcher.refusals.count == 1_000 && batcher.refusedCount == 1_200)
    }

    @Test("an impossible compression level is an error")
    func wrongLevel() {
        #expect(throws: BatchingError.self) {
            _ = try Batcher(namer: BatchNamer { Timestamp(nanoseconds: 0) }, gzipLevel: 77)
        }
    }
}
