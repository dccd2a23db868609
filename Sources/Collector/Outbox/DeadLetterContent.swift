import CoinlineCompression
import InfluxWriter

/// The points in a dead letter, which somebody may have repaired with an editor.
struct DeadLetterContent {
    /// Why a letter cannot be sent again.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private enum Limit {
        /// As much as a batch may hold when it is sent.
        static let batchBytesMax = 64 << 20
    }

    private var parser: LineParser

    /// Reads all of it once: what cannot be read as a whole is not sent in part.
    ///
    /// - Parameter body: of the batch, for a letter that is about one.
    init(_ letter: DeadLetter, body: [UInt8]?) throws(Problem) {
        parser = LineParser(try Self.bytes(of: letter, body), precision: letter.precision)
        var trial = self
        guard try !trial.next(pointsMax: 1).isEmpty else { throw Problem(description: "there is no line in it") }
        while try trial.next(pointsMax: 1).isEmpty == false {}
    }

    private static func bytes(of letter: DeadLetter, _ body: [UInt8]?) throws(Problem) -> [UInt8] {
        switch letter.content {
        case .line(let line): return line
        case .batch(let fileName, _):
            guard let body else { throw Problem(description: "its batch \(fileName) is gone") }
            do throws(CompressionError) { return try lineProtocol(inBatch: body) } catch {
                throw Problem(description: "its batch \(fileName) cannot be unpacked: \(error)")
            }
        }
    }

    /// The whole lines in front of what is torn or damaged, and what is wrong with the rest.
    static func linesInFront(inBatch body: [UInt8]) -> (text: ArraySlice<UInt8>, problem: CompressionError?) {
        var text: [UInt8] = []
        do throws(CompressionError) {
            var gunzip = try Gunzip(outputBytesMax: Limit.batchBytesMax)
            try gunzip.append(body, to: &text)
            try gunzip.finish()
            return (text[...], nil)
        } catch {
            return (text[..<((text.lastIndex(of: 0x0A) ?? -1) + 1)], error)
        }
    }

    private static func lineProtocol(inBatch body: [UInt8]) throws(CompressionError) -> [UInt8] {
        try Gunzip.decompress(body, outputBytesMax: Limit.batchBytesMax)
    }

    /// The next points; none at the end.
    mutating func next(pointsMax: Int) throws(Problem) -> [Point] {
        var points: [Point] = []
        do throws(LineParsingError) {
            while points.count < pointsMax, let parsed = try parser.next() { points.append(parsed.point) }
        } catch {
            throw Problem(description: "a line in it cannot be read: \(error)")
        }
        return points
    }
}
