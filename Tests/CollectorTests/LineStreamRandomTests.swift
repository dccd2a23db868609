import LineProtocol
import TestKit
import Testing

@testable import Collector

@Suite("Random line protocol with stray quotes", .onOwnThreads)
struct LineStreamRandomTests {
    private static let parts = [
        "m f=\"", "\"", "\\\"", ",a\\\"=", ",b=\"", "x", " ", "\n", "\n", "=", "\\", ",t=1", "1", "m ", "\r\n",
        "\",\\\"=\"", "\n\",\\\"=\",k=\"\n", "m v=1 1\n", "# c\n",
    ]

    private func text(_ random: inout SeededGenerator) -> [UInt8] {
        let count = Int.random(in: 5..<120, using: &random)
        return Array(
            (0..<count).map { _ in Self.parts[Int.random(in: 0..<Self.parts.count, using: &random)] }.joined().utf8)
    }

    @Test("any pieces read as the whole does, and every line is reported at most once, in order")
    func pieces() {
        var random = SeededGenerator()
        for round in 0..<500 {
            let bytes = text(&random)
            let whole = readings(of: [bytes])
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...40, using: &random)
                pieces.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }

            #expect(
                readings(of: pieces) == whole,
                "seed \(SeededGenerator.seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
            #expect(
                zip(whole, whole.dropFirst()).allSatisfy { $0.line < $1.line },
                "seed \(SeededGenerator.seed), round \(round)")
        }
    }

    /// Why starting over behind the first line of a record that cannot be read stays linear.
    @Test("records that cannot be read overlap so little that all bytes are read twice at most")
    func linear() {
        var random = SeededGenerator()
        for round in 0..<1_000 {
            let bytes = text(&random)
            var readBytes = 0
            var parser = LineParser(bytes)
            while true {
                do throws(LineParsingError) {
                    guard let line = try parser.next() else { break }
                    readBytes += line.bytes.count
                } catch {
                    readBytes += error.bytes.count
                    guard let newline = bytes[error.bytes].firstIndex(of: 0x0A) else { continue }
                    parser = LineParser(bytes, startingAt: newline + 1)
                }
            }

            #expect(readBytes <= 2 * bytes.count, "seed \(SeededGenerator.seed), round \(round)")
        }
    }
}
