import TestKit
import Testing

@testable import CoinlineCompression

@Suite("Gunzip")
struct GunzipTests {
    private let content = lines(300)
    private let compressed: [UInt8]

    init() throws {
        var gzip = try Gzip(level: 6)
        compressed = try gzip.compress(content)
    }

    @Test("members in a row are one content")
    func members() throws {
        var gzip = try Gzip()
        let joined = try compressed + gzip.compress([]) + gzip.compress([65]) + compressed

        let back = try Gunzip.decompress(joined, outputBytesMax: 2 * content.count + 1)

        #expect(back == content + [65] + content)
    }

    @Test("an end anywhere inside is found, and an end between members is none", .onOwnThreads)
    func truncated() throws {
        let joined = compressed + compressed
        for count in 0..<joined.count where count != compressed.count {
            #expect(throws: CompressionError.truncated, "after \(count) bytes") {
                try Gunzip.decompress(Array(joined.prefix(count)), outputBytesMax: 1 << 20)
            }
        }
        #expect(try Gunzip.decompress(Array(joined.prefix(compressed.count)), outputBytesMax: 1 << 20) == content)
    }

    @Test("a changed byte of the content, the checksum or the length is found")
    func damaged() throws {
        // The header's time, flags of the compressor and system (bytes 4 to 9) mean nothing to the content.
        for index in compressed.indices where !(4..<10).contains(index) {
            var bytes = compressed
            bytes[index] ^= 0x10
            #expect(throws: CompressionError.self, "byte \(index)") {
                try Gunzip.decompress(bytes, outputBytesMax: 1 << 20)
            }
        }
    }

    @Test("a wrong checksum and a wrong length are damage", arguments: [-8, -5, -4, -1])
    func damagedTrailer(offset: Int) {
        var bytes = compressed
        bytes[bytes.count + offset] ^= 1

        #expect(throws: CompressionError.damaged) { try Gunzip.decompress(bytes, outputBytesMax: 1 << 20) }
    }

    @Test(
        "what is not gzip at all is damaged",
        arguments: [
            [0], [0x1F, 0x8C], Array("cryptocurrency_data rate=1".utf8), [0x1F, 0x8B, 7, 0], [0x78, 0x9C, 3, 0],
        ])
    func notGzip(bytes: [UInt8]) {
        #expect(throws: CompressionError.damaged) { try Gunzip.decompress(bytes, outputBytesMax: 1 << 20) }
    }

    @Test(
        "bytes behind the last member are an error",
        arguments: [[0], [10], [0x1F, 0x00], [0, 0, 0, 0], Array("more".utf8), [0x8B, 0x1F]])
    func trailing(bytes: [UInt8]) {
        #expect(throws: CompressionError.trailingBytes) {
            try Gunzip.decompress(compressed + bytes, outputBytesMax: 1 << 20)
        }
    }

    @Test("the first byte of another member alone is a truncated one")
    func trailingMagic() {
        #expect(throws: CompressionError.truncated) {
            try Gunzip.decompress(compressed + [0x1F], outputBytesMax: 1 << 20)
        }
    }

    @Test("no input is a truncated one")
    func empty() {
        #expect(throws: CompressionError.truncated) { try Gunzip.decompress([], outputBytesMax: 1 << 20) }
    }

    @Test("the cap is met exactly or broken by a byte")
    func cap() throws {
        #expect(try Gunzip.decompress(compressed, outputBytesMax: content.count) == content)
        #expect(throws: CompressionError.tooLarge(bytesMax: content.count - 1)) {
            try Gunzip.decompress(compressed, outputBytesMax: content.count - 1)
        }
        #expect(throws: CompressionError.tooLarge(bytesMax: 0)) {
            try Gunzip.decompress(compressed, outputBytesMax: 0)
        }
    }

    @Test("the cap counts all members and pieces together")
    func capOverMembers() throws {
        var gunzip = try Gunzip(outputBytesMax: 2 * content.count - 1)
        var out: [UInt8] = []

        try gunzip.append(compressed, to: &out)
        #expect(throws: CompressionError.tooLarge(bytesMax: 2 * content.count - 1)) {
            try gunzip.append(compressed, to: &out)
        }

        #expect(out.count == 2 * content.count - 1)
    }

    @Test("a bomb is stopped at the cap, without memory for more")
    func bomb() throws {
        var gzip = try Gzip(level: 9)
        var bomb: [UInt8] = []
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        try gzip.begin()
        for _ in 0..<64 { try gzip.append(zeros, to: &bomb) }
        try gzip.finish(to: &bomb)
        #expect(bomb.count < 100_000)

        let cap = 3_000_000
        var gunzip = try Gunzip(outputBytesMax: cap)
        var out: [UInt8] = []
        #expect(throws: CompressionError.tooLarge(bytesMax: cap)) { try gunzip.append(bomb, to: &out) }

        #expect(out.count == cap)
        #expect(out.capacity <= cap + (64 << 10))
    }

    @Test("an error stays until the reset, and a reset state is as good as a new one")
    func reset() throws {
        var gunzip = try Gunzip(outputBytesMax: content.count)
        var out: [UInt8] = []
        #expect(throws: CompressionError.damaged) { try gunzip.append([1, 2, 3], to: &out) }
        #expect(throws: CompressionError.damaged) { try gunzip.append(compressed, to: &out) }
        #expect(throws: CompressionError.damaged) { try gunzip.finish() }

        for _ in 0..<3 {
            gunzip.reset()
            out = []
            try gunzip.append(compressed, to: &out)
            try gunzip.finish()
            #expect(out == content)
        }

        gunzip.reset()
        #expect(throws: CompressionError.truncated) { try gunzip.finish() }
        gunzip.reset()
        try gunzip.append(Array(compressed.prefix(40)), to: &out)
        gunzip.reset()
        out = []
        try gunzip.append(compressed, to: &out)
        #expect(out == content)
    }

    @Test("an input that comes byte by byte is the same input")
    func byteByByte() throws {
        var gunzip = try Gunzip(outputBytesMax: 2 * content.count)
        var out: [UInt8] = []

        for byte in compressed + compressed { try gunzip.append([byte], to: &out) }
        try gunzip.finish()

        #expect(out == content + content)
    }

    @Test("names, comments, extra fields and times in the header are passed over")
    func headerFields() throws {
        var header: [UInt8] = [0x1F, 0x8B, 8, 0x1C, 1, 2, 3, 4, 0, 3]
        header += [4, 0] + [9, 9, 9, 9]
        header += Array("batch.lp".utf8) + [0]
        header += Array("a comment".utf8) + [0]

        let back = try Gunzip.decompress(header + compressed.dropFirst(10), outputBytesMax: content.count)

        #expect(back == content)
    }

    @Test("members at random, in random pieces, come back", arguments: [81, 82, 83] as [UInt64])
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var gzip = try Gzip(level: Int.random(in: 0...9, using: &random))
        var gunzip = try Gunzip(outputBytesMax: 1 << 20)
        for round in 0..<25 {
            let sizeMax = [1, 3, 1_000, 100_000].randomElement(using: &random) ?? 1
            var expected: [UInt8] = []
            var joined: [UInt8] = []
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let content = random.bytes(countMax: sizeMax < 10 ? 3_000 : 100_000)
                expected += content
                joined += try gzip.compress(content)
            }

            var out: [UInt8] = []
            for piece in random.pieces(of: joined, sizeMax: sizeMax) { try gunzip.append(piece, to: &out) }
            try gunzip.finish()
            gunzip.reset()

            #expect(out == expected, "seed \(seed), round \(round)")
        }
    }

    @Test("a cap that the step which finds the damage has gone over is a broken cap, and nothing is over it")
    func capBeforeDamage() throws {
        var bytes = compressed
        bytes[bytes.count - 8] ^= 1
        var gunzip = try Gunzip(outputBytesMax: content.count - 1)
        var out: [UInt8] = []

        #expect(throws: CompressionError.tooLarge(bytesMax: content.count - 1)) { try gunzip.append(bytes, to: &out) }

        #expect(out == content.dropLast())
    }

    @Test("room grows as arrays do, and not beyond the cap")
    func room() {
        var out: [UInt8] = []

        reserveRoom(100, in: &out, bytesMax: 1_000)
        #expect((100..<1_000).contains(out.capacity))

        out = Array(repeating: 0, count: 10_000)
        reserveRoom(1_000, in: &out, bytesMax: 5_000)
        #expect((15_000...15_100).contains(out.capacity))

        reserveRoom(1_000, in: &out, bytesMax: .max)
        #expect(out.capacity < 20_000)
    }
}
