import TestKit
import Testing

@testable import InfluxWriter

@Suite("Points that overwrite each other")
struct WriterOverwritesTests {
    private func count(_ lines: String, _ precision: Precision = .nanoseconds) throws -> Int {
        var chunks = LineChunks(.init(), precision: precision, dialect: .influx2, text: .refuse) {
            Timestamp(nanoseconds: 1)
        }
        var parser = LineParser(Array(lines.utf8))
        while let line = try parser.next() { _ = chunks.add(line.point, index: 0) }
        return chunks.finish().map { Overwrites.count(in: $0, precision) } ?? 0
    }

    @Test(
        "two different values of one field at one time of one series",
        arguments: [
            ("m v=1 5\nm v=2 5", 1), ("m v=1 5\nm v=1 5", 0), ("m v=1 5\nm w=2 5", 0), ("m v=1 5\nm v=2 6", 0),
            ("m,t=a v=1 5\nm,t=b v=2 5", 0), ("m,t=a,u=b v=1 5\nm,u=b,t=a v=2 5", 1), ("m v=1 5\nn v=2 5", 0),
            ("m v=1 5\nm v=1i 5", 1), ("m v=1 5\nm w=1 5\nm v=2,w=2 5\nm v=1 5", 2), ("m v=1\nm v=2", 1),
            ("m,t=\u{E9} v=1 5\nm,t=e\u{301} v=2 5", 0),
            // What lies between the two changes nothing.
            ("m v=1 5\nm w=1 5\nm v=2 5", 1), ("m v=1 5\nm v=2 5\nm v=1 5\nm v=1 5", 2),
            ("m s=\"a b 5\" 5\nm s=\"a\n5\" 5", 1), ("m\\ n v=1 5\nm\\ n v=2 5\nm v=3 5", 1), ("", 0),
        ])
    func pairs(lines: String, expected: Int) throws {
        #expect(try count(lines) == expected)
    }

    @Test("times are those of the batch's unit, and another batch begins anew")
    func batches() throws {
        #expect(try count("m v=1 1000001\nm v=2 1000002", .milliseconds) == 1)
        #expect(try count("m v=1 1000001\nm v=2 1000002", .nanoseconds) == 0)
        #expect(try count("m v=1 1000001", .milliseconds) + count("m v=2 1000002", .milliseconds) == 0)
    }
}
