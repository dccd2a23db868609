import CoinlineCompression
import TestKit
import Testing

@Suite("Gunzip, fed with damage", .onOwnThreads)
struct GunzipFuzzTests {
    private static let content = Array(
        (0..<40).map { "m,code=C\($0 % 7) rate=\(Double($0) * 1.37),rank=\($0)i \(1_760_000_000 + $0)\n" }.joined().utf8
    )
    /// 1 MiB of zeros is 1 KiB of gzip.
    private static let bombBytes = 1 << 20

    private static func examples() throws -> [[UInt8]] {
        var examples: [[UInt8]] = []
        for level in [0, 1, 6, 9] {
            var gzip = try Gzip(level: level)
            examples += [try gzip.compress(content), try gzip.compress([]), try gzip.compress([65])]
        }
        var gzip = try Gzip(level: 9)
        let bomb = try gzip.compress([UInt8](repeating: 0, count: bombBytes))
        return examples + [examples[1] + examples[4], examples[3] + bomb, bomb]
    }

    private static let words: [[UInt8]] = [
        [0x1F], [0x1F, 0x8B], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], [0x1F, 0x8B, 8, 0x1C], [0, 0, 0, 0], [0xFF, 0xFF],
        [3, 0], [1, 0, 0, 0xFF, 0xFF], [0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0], [0], [0x78, 0x9C],
    ]

    @Test("all at once or in pieces is the same, and no more comes out than allowed")
    func damaged() throws {
        var whole = 0
        let fuzz = Fuzz(target: "gunzip", examples: try Self.examples(), words: Self.words)
        let count = fuzz.run(rounds: 1_500) { input, random in
            let cap = [0, 1, 100, 5_000, 100_000].randomElement(using: &random) ?? 0
            let atOnce = outcome(cap) { try decompress([input], cap) }
            let inPieces = outcome(cap) { try decompress(pieces(of: input, using: &random), cap) }
            if case .content = atOnce { whole += 1 }
            if case .tooMuch = atOnce { return "\(atOnce) and a cap of \(cap)" }
            return atOnce == inPieces ? nil : "\(atOnce) at once and \(inPieces) in pieces"
        }
        #expect(whole >= count / 40, "most inputs get far enough")
    }

    @Test("one damage is found, or changes nothing of the content")
    func oneDamage() throws {
        var gzip = try Gzip(level: 6)
        let member = try gzip.compress(Self.content)
        Fuzz(target: "gunzip of one damage", examples: [member], words: Self.words).run(rounds: 1_500) { _, random in
            var bytes = member
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.removeSubrange(index...)
            case 1: bytes.insert(random.byte(), at: index)
            default: bytes[index] = random.byte()
            }
            let back = try? Gunzip.decompress(bytes, outputBytesMax: 1 << 20)
            return back == nil || back == Self.content ? nil : "other content came out"
        }
    }

    private enum Outcome: Equatable {
        case content([UInt8])
        case refused(CompressionError)
        /// More than the cap, or memory for more.
        case tooMuch(count: Int, capacity: Int)
    }

    private func outcome(_ cap: Int, _ body: () throws -> [UInt8]) -> Outcome {
        do {
            let content = try body()
            return content.count <= cap && content.capacity <= cap + (64 << 10)
                ? .content(content)
                : .tooMuch(count: content.count, capacity: content.capacity)
        } catch let error as CompressionError {
            return .refused(error)
        } catch {
            return .tooMuch(count: -1, capacity: 0)
        }
    }

    private func decompress(_ pieces: [[UInt8]], _ cap: Int) throws -> [UInt8] {
        var gunzip = try Gunzip(outputBytesMax: cap)
        var out: [UInt8] = []
        for piece in pieces {
            do throws(CompressionError) {
                try gunzip.append(piece, to: &out)
            } catch {
                // What came before the error is bounded as well.
                if out.count > cap || out.capacity > cap + (64 << 10) { return out }
                throw error
            }
        }
        try gunzip.finish()
        return out
    }

    private func pieces(of input: [UInt8], using random: inout SeededGenerator) -> [[UInt8]] {
        let sizeMax = [1, 3, 40, 1_000].randomElement(using: &random) ?? 1
        var pieces: [[UInt8]] = []
        var position = 0
        while position < input.count {
            let count = min(Int.random(in: 0...sizeMax, using: &random), input.count - position)
            pieces.append(Array(input[position..<position + count]))
            position += count
        }
        return pieces
    }
}
