import CoinlineCompression
import Foundation
import InfluxWriter
import LineProtocol
import TestKit

/// What a writer left on disk.
struct DataFolder {
    let path: String

    private func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
    }

    /// Everything in it, however deep.
    var files: [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []).sorted()
    }

    var temporaries: [String] { files.filter { $0.split(separator: "/").last?.hasPrefix(".tmp-") ?? false } }

    /// Batches that wait, by bucket.
    var pending: [(bucket: String, name: BatchName)] {
        names("outbox/main").flatMap { bucket in
            names("outbox/main/\(bucket)").compactMap { file in BatchName(parsing: file).map { (bucket, $0) } }
        }
    }

    var pendingLines: Int { pending.reduce(0) { $0 + $1.name.lines } }

    var letterNames: [String] { names("dead-letters/main").filter { DeadLetterName(parsing: $0) != nil } }

    struct Letter {
        let name: String
        let reason: String
        let bucket: String
        let lines: [[UInt8]]
    }

    /// The dead letters with their lines; those of a whole batch read from the file beside them.
    func letters() throws -> [Letter] {
        let letters = DeadLetters(OutboxLayout(dataFolder: path))
        return try letters.names().map { name in
            guard let letter = try letters.read(name) else { throw TestKitError("\(name) is no dead letter") }
            let lines: [[UInt8]]
            switch letter.content {
            case .line(let line): lines = [line]
            case .batch: lines = Self.lines(of: try letters.body(of: letter) ?? [])
            }
            return Letter(name: "\(name)", reason: letter.reason, bucket: letter.bucket.name, lines: lines)
        }
    }

    private static func lines(of body: [UInt8]) -> [[UInt8]] {
        guard let content = try? Gunzip.decompress(body, outputBytesMax: 64 << 20) else { return [] }
        var parser = LineParser(content)
        var lines: [[UInt8]] = []
        while true {
            do throws(LineParsingError) {
                guard let line = try parser.next() else { return lines }
                lines.append(Array(content[line.bytes]))
            } catch {
                lines.append(Array(content[error.bytes]))
            }
        }
    }

    /// Puts a batch there as another process would: under a temporary name first.
    func add(_ lines: [String], to bucket: String, _ precision: Precision, writer: UInt32) throws {
        let now = UInt64(Date().timeIntervalSince1970 * 1_000_000)
        let name = BatchName(
            sealedMicroseconds: now, writer: writer, number: 0, precision: precision, lines: lines.count)
        var gzip = try Gzip()
        let body = try gzip.compress(Array(lines.map { "\($0)\n" }.joined().utf8))
        let folder = OutboxLayout(dataFolder: path).folder(of: Bucket(bucket))
        if !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let temporary = "\(path)/planted"
        guard FileManager.default.createFile(atPath: temporary, contents: Data(body)),
            rename(temporary, "\(folder)/\(name.fileName)") == 0
        else { throw TestKitError("cannot write into \(folder)") }
    }
}
