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

    /// The bytes of a batch that waits.
    func body(of name: BatchName, in bucket: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(of: name, in: bucket))))
    }

    func path(of name: BatchName, in bucket: String) -> String {
        "\(OutboxLayout(dataFolder: path).folder(of: Bucket(bucket)))/\(name.fileName)"
    }

    /// What the file is for that was written last.
    var newest: String? {
        let times = files.compactMap { file -> (file: String, time: Date)? in
            let facts = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(file)")
            guard facts?[.type] as? FileAttributeType == .typeRegular, !file.hasSuffix("/.lock") else { return nil }
            return (facts?[.modificationDate] as? Date).map { (file, $0) }
        }
        let parts = times.max { $0.time < $1.time }?.file.split(separator: "/") ?? []
        return switch parts.first {
        case "outbox": parts.count == 4 ? "a batch" : "the last error"
        case "dead-letters": "a dead letter"
        case "schema": "the types of fields"
        default: parts.last.map { String($0) }
        }
    }

    struct Letter {
        let name: String
        let reason: String
        let bucket: String
        /// None where nobody can read them.
        let lines: [[UInt8]]
        let count: Int
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
            return Letter(
                name: "\(name)", reason: letter.reason, bucket: letter.bucket.name, lines: lines, count: letter.lines)
        }
    }

    /// None of a body that is damaged.
    static func lines(of body: [UInt8]) -> [[UInt8]] {
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
    ///
    /// - Parameter level: of its compression; 0 for none.
    func add(_ lines: [String], to bucket: String, _ precision: Precision, writer: UInt32, level: Int = 1) throws {
        let now = UInt64(Date().timeIntervalSince1970 * 1_000_000)
        let name = BatchName(
            sealedMicroseconds: now, writer: writer, number: 0, precision: precision, lines: lines.count)
        let temporary = try prepare(lines, in: bucket, level: level)
        guard rename(temporary, path(of: name, in: bucket)) == 0 else {
            throw TestKitError("cannot write into \(bucket): \(errno)")
        }
    }

    /// One line in so many batches, which cost no more than a name each. Those of a later time stand behind.
    func add(_ line: String, to bucket: String, times: Int, sealedMicroseconds: UInt64) throws {
        let temporary = try prepare([line], in: bucket, level: 1)
        for index in 0..<times {
            let name = BatchName(
                sealedMicroseconds: sealedMicroseconds + UInt64(index), writer: 9, number: UInt32(index),
                precision: .milliseconds, lines: 1)
            guard link(temporary, path(of: name, in: bucket)) == 0 else { throw TestKitError("cannot link: \(errno)") }
        }
        try FileManager.default.removeItem(atPath: temporary)
    }

    /// Writes a file that is to become one of the bucket, and gives its path.
    private func prepare(_ lines: [String], in bucket: String, level: Int) throws -> String {
        var gzip = try Gzip(level: level)
        let body = try gzip.compress(Array(lines.map { "\($0)\n" }.joined().utf8))
        let folder = OutboxLayout(dataFolder: path).folder(of: Bucket(bucket))
        if !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let temporary = "\(path)/planted"
        guard FileManager.default.createFile(atPath: temporary, contents: Data(body)) else {
            throw TestKitError("cannot write into \(path)")
        }
        return temporary
    }
}
