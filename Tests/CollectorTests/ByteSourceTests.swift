import CoinlineCompression
import CoinlineFiles
import TestKit
import Testing

@testable import Collector

@Suite("Reading bytes")
struct ByteSourceTests {
    @Test("gzip that expands a thousand times comes in pieces of bounded size, and whole")
    func bounded() async throws {
        try await withTemporaryFolder { folder in
            let size = 16 << 20
            var gzip = try Gzip(level: 9)
            let member = try gzip.compress([UInt8](repeating: 0x23, count: size))
            try DurableFile.write(member + member, to: "a.gz", in: folder)
            var source = try ByteSource(path: folder + "/a.gz")
            var (total, largest) = (0, 0)
            while let piece = try source.next() {
                total += piece.count
                largest = max(largest, piece.count)
            }

            #expect(total == 2 * size)
            #expect(largest <= 3 << 20, "\(largest)")
        }
    }

    @Test("what is read and not expanded yet needs no further input")
    func more() async throws {
        try await withTemporaryFolder { folder in
            var gzip = try Gzip(level: 1)
            var random = SeededGenerator()
            let bytes = (0..<10_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            try DurableFile.write(try gzip.compress(bytes), to: "a.gz", in: folder)
            var source = try ByteSource(path: folder + "/a.gz")
            var plain = try source.next() ?? []
            let hasMore = source.hasMore
            #expect(hasMore)
            while source.hasMore, let piece = try source.next() { plain += piece }

            #expect(plain == bytes)
            let end = try source.next()
            #expect(end == nil)
        }
    }
}
