import LineProtocol
import Testing

@testable import Collector

@Suite("Line protocol in pieces")
struct LineStreamTests {
    /// What a stream makes of pieces, as comparable text.
    private func read(_ pieces: [[UInt8]]) -> [String] {
        var stream = LineStream(precision: .nanoseconds)
        var found: [String] = []
        let note: (LineStream.Item) -> Void = { item in
            switch item {
            case .line(let line): found.append("\(line.line) \(line.point)")
            case .bad(let error): found.append("bad \(error)")
            case .tooLong(let line): found.append("too long \(line)")
            }
        }
        for piece in pieces { stream.append(piece, note) }
        stream.finish(note)
        return found
    }

    private func pieces(_ bytes: [UInt8], of size: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    }

    @Test("pieces of any size read as the whole does, strings with newlines among them")
    func anyPieces() {
        let text = "# head\nm,a=b v=1 1\n\nm v=\"a\nb\nc\",w=2i 2\nbad line\nm v=t\nm f=\"x\\\"\n\",g=1 3\nlast v=1"
        let bytes = Array(text.utf8)
        let whole = read([bytes])

        #expect(whole.count == 6)
        #expect(whole.filter { $0.hasPrefix("bad") }.count == 1)
        #expect(whole[5].hasPrefix("11 "))
        for size in 1...bytes.count {
            #expect(read(pieces(bytes, of: size)) == whole, "pieces of \(size)")
        }
    }

    @Test("a string that is never closed costs its line only")
    func openString() {
        let found = read([Array("m v=1\nm v=\"open\nm v=2\nm v=3\n".utf8)])

        #expect(found.count == 4)
        #expect(found[1].hasPrefix("bad 2:5:"))
        #expect(found[2].hasPrefix("3 ") && found[3].hasPrefix("4 "))
    }

    @Test("a line longer than the bound is given up whole, and what follows is read")
    func tooLong() {
        // The tail would be a good line if it were one.
        let long = Array("m v=1\nm v=\"".utf8) + [UInt8](repeating: 0x61, count: LineStream.Limit.lineBytesMax + 100)
        let rest = Array(",t=x v=9 7\nm v=2\n".utf8)
        let found = read(pieces(long, of: 1 << 20) + [rest])

        #expect(found.count == 3 && found[1] == "too long 2")
        #expect(found.last.map { $0.hasPrefix("3 ") && $0.contains("float(2.0)") } == true)
    }

    @Test("a line that is too long may be the last")
    func tooLongAtTheEnd() {
        let long = [UInt8](repeating: 0x61, count: LineStream.Limit.lineBytesMax + 100)

        #expect(read([long, Array("m v=1".utf8)]) == ["too long 1"])
    }
}
