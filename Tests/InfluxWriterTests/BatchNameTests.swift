import InfluxWriter
import TestKit
import Testing

@Suite("Batch names")
struct BatchNameTests {
    @Test("a name is printed as the format says")
    func printing() throws {
        let plain = BatchName(
            sealedMicroseconds: 0x0006_3f1a_2b3c_4d5e, writer: 0x9f, number: 1, precision: .milliseconds, lines: 5000)
        let half = try #require(BatchName.Piece(1, of: 2))
        let whole = try #require(BatchName.Piece(1, of: 1))
        let piece = try #require(plain.piece(half, lines: 2500))
        let rest = try #require(piece.piece(whole, lines: 7))

        #expect(plain.fileName == "00063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp.gz")
        #expect(piece.fileName == "00063f1a2b3c4d5e-0000009f-00000001.1of2-ms-2500.lp.gz")
        #expect(rest.fileName == "00063f1a2b3c4d5e-0000009f-00000001.1of2.1of1-ms-7.lp.gz")
        #expect(rest.id == "00063f1a2b3c4d5e-0000009f-00000001.1of2.1of1")
        #expect("\(plain)" == plain.fileName)
    }

    @Test(
        "text that is not exactly a name is not parsed",
        arguments: [
            "", ".lp.gz", "00063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp", "00063f1a2b3c4d5e-0000009f-00000001-ms-5000",
            ".tmp-00063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp.gz.dropped",
            "00063F1A2B3C4D5E-0000009f-00000001-ms-5000.lp.gz",
            "0063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp.gz",
            "000063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp.gz",
            "00063f1a2b3c4d5g-0000009f-00000001-ms-5000.lp.gz",
            "00063f1a2b3c4d5e-000009f-00000001-ms-5000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-0000001-ms-5000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-h-5000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-MS-5000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001--5000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-0.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-05.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-+5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms--5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-5-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-10000000000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.1of-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.of2-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.0of2-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.3of2-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.01of2-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.1of1000-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.1of2.-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001..1of2-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-000000011of2-ms-5.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001.1oo2-ms-5.lp.gz",
            " 00063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp.gz",
            "00063f1a2b3c4d5e-0000009f-00000001-ms-5000.lp.gz\n",
        ])
    func refusing(text: String) {
        #expect(BatchName(parsing: text) == nil)
    }

    @Test("the greatest values are printed and parsed, and a name never gets too long for a file system")
    func limits() throws {
        var name = BatchName(
            sealedMicroseconds: .max, writer: .max, number: .max, precision: .nanoseconds, lines: 9_999_999_999)
        let piece = try #require(BatchName.Piece(999, of: 999))
        while let next = name.piece(piece, lines: 9_999_999_999) { name = next }

        #expect(BatchName(parsing: name.fileName) == name)
        #expect(name.fileName.utf8.count <= 240)
        #expect(name.pieces.count > 15)
        #expect(BatchName(parsing: name.fileName.replacing("-ns", with: ".999of999-ns")) == nil)
        #expect(BatchName.Piece(0, of: 1) == nil)
        #expect(BatchName.Piece(1, of: 1000) == nil)
    }

    @Test("a batch that was split in two and cut eighteen times has a name")
    func manySplits() throws {
        var name = BatchName(
            sealedMicroseconds: 1, writer: 2, number: 3, precision: .seconds, lines: 250_000)
        let half = try #require(BatchName.Piece(2, of: 2))
        let whole = try #require(BatchName.Piece(1, of: 1))
        for _ in 0..<18 {
            name = try #require(name.piece(half, lines: name.lines))
            name = try #require(name.piece(whole, lines: name.lines))
        }
        #expect(BatchName(parsing: name.fileName) == name)
    }

    @Test("what is printed is parsed as the same name, and sorting texts is sorting by age")
    func roundTrip() {
        let seed = SeededGenerator.seed
        var random = SeededGenerator()
        var names: [BatchName] = []
        for _ in 0..<2_000 {
            let name = BatchName.random(&random)
            #expect(BatchName(parsing: name.fileName) == name, "seed \(seed)")
            names.append(name)
        }

        let byText = names.map(\.fileName).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(names.sorted().map(\.fileName) == byText, "seed \(seed)")
        let times = byText.compactMap { BatchName(parsing: $0)?.sealedMicroseconds }
        #expect(times == times.sorted(), "seed \(seed)")
    }

    @Test("one changed byte never gives another name that prints differently")
    func mutation() {
        let seed = SeededGenerator.seed
        var random = SeededGenerator()
        for _ in 0..<2_000 {
            var bytes = Array(BatchName.random(&random).fileName.utf8)
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            let text = String(decoding: bytes, as: UTF8.self)
            if let name = BatchName(parsing: text) { #expect(name.fileName == text, "seed \(seed)") }
        }
    }
}

@Suite("Batch namer")
struct BatchNamerTests {
    @Test("names carry the clock in microseconds, the writer and a running number")
    func running() {
        var namer = BatchNamer(writer: 7) { Timestamp(nanoseconds: 1_760_000_000_123_456_789) }

        let first = namer.next(precision: .milliseconds, lines: 10)
        let second = namer.next(precision: .seconds, lines: 20)

        #expect(first.sealedMicroseconds == 1_760_000_000_123_456)
        #expect(first.writer == 7 && first.number == 0 && first.lines == 10 && first.precision == .milliseconds)
        #expect(second.number == 1 && second.lines == 20 && second.precision == .seconds)
        #expect(first < second)
    }

    @Test("a clock that goes back, a newest name of the future and one noted later never make an older name")
    func neverBack() {
        let clock = TestClockValue([5_000_000, 4_000_000, 9_000_000, 9_000_000, 1_000_000, -7_000])
        let newest = BatchName(sealedMicroseconds: 6_000, writer: 1, number: 9, precision: .milliseconds, lines: 1)
        var namer = BatchNamer(newest: newest, writer: 0) { clock.next() }

        var names = (0..<4).map { _ in namer.next(precision: .milliseconds, lines: 1) }
        namer.note(BatchName(sealedMicroseconds: 20_000, writer: 9, number: 0, precision: .milliseconds, lines: 1))
        names += (0..<2).map { _ in namer.next(precision: .milliseconds, lines: 1) }

        #expect(names.map(\.sealedMicroseconds) == [6_001, 6_002, 9_000, 9_001, 20_001, 20_002])
        #expect(names.allSatisfy { $0 > newest })
    }

    @Test("at the end of time the running number alone keeps the order")
    func endOfTime() {
        let newest = BatchName(sealedMicroseconds: .max, writer: 1, number: 0, precision: .milliseconds, lines: 1)
        var namer = BatchNamer(newest: newest, writer: 1) { Timestamp(nanoseconds: 0) }

        let names = (0..<3).map { _ in namer.next(precision: .milliseconds, lines: 1) }

        #expect(names.allSatisfy { $0.sealedMicroseconds == .max })
        #expect(names == names.sorted() && Set(names).count == 3)
    }

    @Test("two writers get different numbers unless told otherwise")
    func writers() {
        let first = BatchNamer { Timestamp(nanoseconds: 0) }
        let second = BatchNamer { Timestamp(nanoseconds: 0) }
        let third = BatchNamer { Timestamp(nanoseconds: 0) }
        #expect(!(first.writer == second.writer && second.writer == third.writer))
    }
}

extension BatchName {
    static func random(_ random: inout SeededGenerator) -> BatchName {
        let pieces = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
            let count = Int.random(in: 1...999, using: &random)
            return Piece(Int.random(in: 1...count, using: &random), of: count)
        }
        // A narrow range of times, so that equal times occur.
        let time = Bool.random(using: &random) ? random.next() : random.next() % 4
        return BatchName(
            sealedMicroseconds: time, writer: UInt32(truncatingIfNeeded: random.next() % 3),
            number: UInt32(truncatingIfNeeded: random.next()), pieces: pieces,
            precision: Precision.allCases.randomElement(using: &random) ?? .seconds,
            lines: Int.random(in: 1...9_999_999_999, using: &random))
    }
}
