import LineProtocol
import Testing

@testable import Collector

/// What a stream says of one record, as text that can be compared.
struct Reading: Equatable {
    let line: Int
    /// `4 z <the point>`, `bad 3:5: …` or `too long 2`.
    let text: String

    init(_ item: LineStream.Item) {
        switch item {
        case .line(let line): self.init(line.line, "\(line.line) \(line.point.measurement) \(line.point)")
        case .bad(let problem): self.init(problem.line, "bad \(problem)")
        case .tooLong(let line): self.init(line, "too long \(line)")
        }
    }

    private init(_ line: Int, _ text: String) {
        self.line = line
        self.text = text
    }
}

/// What a stream makes of pieces.
func readings(of pieces: [[UInt8]]) -> [Reading] {
    var stream = LineStream(precision: .nanoseconds)
    var found: [Reading] = []
    for piece in pieces { stream.append(piece) { found.append(Reading($0)) } }
    stream.finish { found.append(Reading($0)) }
    return found
}

func pieces(_ bytes: [UInt8], of size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0...].prefix(size)) }
}

/// Expects that a text reads as so many records, each with its beginning, whole and in pieces of any size.
func expectReading(
    _ text: [UInt8], beginsWith beginnings: [String], sourceLocation: SourceLocation = #_sourceLocation
) {
    let whole = readings(of: [text])

    #expect(whole.count == beginnings.count, "\(whole)", sourceLocation: sourceLocation)
    for (found, beginning) in zip(whole, beginnings) {
        #expect(found.text.hasPrefix(beginning), "\(whole)", sourceLocation: sourceLocation)
    }
    for size in 1...text.count {
        #expect(readings(of: pieces(text, of: size)) == whole, "pieces of \(size)", sourceLocation: sourceLocation)
    }
}
