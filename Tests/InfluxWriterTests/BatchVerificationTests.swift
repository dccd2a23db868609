import CoinlineCompression
import Testing

@testable import InfluxWriter

@Suite("Batch verification")
struct BatchVerificationTests {
    private let batch: BatchFile

    init() throws {
        batch = try Sample.batch(1, lines: 3)
    }

    private func damage(_ body: [UInt8], lines: Int = 3) -> BatchDamage? {
        BatchVerification.damage(in: BatchFile(name: Sample.name(1, lines: lines), body: body))
    }

    @Test("a whole batch is its content, in one member or several")
    func whole() throws {
        let other = try Sample.body(["m v=1"])
        #expect(damage(batch.body) == nil)
        #expect(damage(batch.body + other, lines: 4) == nil)
        #expect(try BatchVerification.content(of: batch) == Array("m,k=a v=1 1\nm,k=a v=2 2\nm,k=a v=3 3\n".utf8))
    }

    @Test("whoever has a batch can read its lines, whatever number its name says, and is told what is wrong with it")
    func lineProtocol() throws {
        let other = BatchFile(name: Sample.name(1, lines: 9), body: batch.body)
        #expect(try other.lineProtocol() == Array("m,k=a v=1 1\nm,k=a v=2 2\nm,k=a v=3 3\n".utf8))
        let none = BatchFile(name: other.name, body: Array("m v=1".utf8))
        #expect(throws: BatchDamage.notGzip) { try none.lineProtocol() }
        var gzip = try Gzip()
        let big = BatchFile(name: other.name, body: try gzip.compress([UInt8](repeating: 0x0A, count: (64 << 20) + 1)))
        #expect(throws: BatchDamage.tooLarge(bytesMax: 64 << 20)) { try big.lineProtocol() }
    }

    @Test("a file torn anywhere is too short")
    func torn() {
        for count in 0..<batch.body.count {
            #expect(damage(Array(batch.body.prefix(count))) == .truncated, "\(count) bytes")
        }
    }

    @Test("no flipped bit changes the content unnoticed")
    func flipped() throws {
        let content = try BatchVerification.content(of: batch)
        var noticed = 0
        for index in batch.body.indices {
            for bit in 0..<8 {
                var body = batch.body
                body[index] ^= 1 << UInt8(bit)
                // Some bits mean nothing: the time in the head, and what fills up the last byte of the content.
                if damage(body) == nil {
                    #expect(try Gunzip.decompress(body, outputBytesMax: 1_000) == content)
                } else {
                    noticed += 1
                }
            }
        }
        #expect(noticed > 8 * (batch.body.count - 12))
    }

    @Test("each kind of damage has its name")
    func kinds() throws {
        var flipped = batch.body
        flipped[flipped.count - 6] ^= 0x40

        #expect(damage(flipped) == .checksum)
        #expect(damage(Array("m v=1".utf8)) == .notGzip)
        #expect(damage([]) == .truncated)
        #expect(damage(batch.body + [0]) == .trailingBytes)
        #expect(damage(batch.body, lines: 2) == .lines(named: 2, found: 3))
        #expect(damage([UInt8](repeating: 0, count: 4_096)) == .notGzip)
    }

    @Test("more than a server takes is not decompressed to its end")
    func bomb() throws {
        var gzip = try Gzip(level: 9)
        let body = try gzip.compress([UInt8](repeating: 0x0A, count: BatchVerification.contentBytesMax + 1))

        #expect(damage(body) == .tooLarge(bytesMax: BatchVerification.contentBytesMax))
    }

    @Test("lines are counted as the encoder counts them, with LF and quotes in strings and quotes in names")
    func lines() throws {
        var batcher = try Batcher(namer: BatchNamer { Timestamp(nanoseconds: 1) })
        for text in ["a\nb", "\"", "\\", "\n", "a\"b,c=d", ""] {
            for name in ["m", "m\"", "m=\"", "a b,c"] {
                let point = Point(
                    measurement: name, tags: [Tag("k\"", "v \"=")],
                    fields: [Field("f,\"", .string(text)), Field("g", .string(text))], time: nil)
                let sealed = try batcher.add(point)
                #expect(sealed == nil)
            }
        }
        let sealed = try #require(try batcher.seal())

        #expect(sealed.lines == 24 && BatchVerification.damage(in: sealed) == nil)
    }
}
