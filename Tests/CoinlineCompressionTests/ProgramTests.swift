import CoinlineCompression
import Foundation
import Testing

/// Against the programs that users have.
@Suite("gzip and zcat", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/gzip")))
struct GzipProgramTests {
    @Test("the program reads what we write, several members in a row too", arguments: [0, 1, 6, 9])
    func theirsReadsOurs(level: Int) throws {
        var gzip = try Gzip(level: level)
        let content = lines(5_000)
        let joined = try gzip.compress(content) + gzip.compress(content)

        let back = try run(["-dc"], input: joined)

        #expect(back == content + content)
    }

    @Test("we read what the program writes", arguments: ["-1", "-9"])
    func oursReadsTheirs(level: String) throws {
        let content = lines(5_000)

        let compressed = try run([level, "-c"], input: content)

        #expect(try Gunzip.decompress(compressed, outputBytesMax: content.count) == content)
    }

    private func run(_ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("gzip-\(UUID().uuidString)")
        try Data(input).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: path)
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return Array(bytes)
    }
}
