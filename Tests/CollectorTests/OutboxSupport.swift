import CoinlineBase
import CoinlineCompression
import CoinlineFiles
import Foundation
import InfluxWriter
import TestKit

/// A data folder with batches and dead letters, laid there as a writer would.
final class DataFolder: Sendable {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    var path: String { folder.path }

    static func name(
        _ seconds: UInt64, number: UInt32 = 0, pieces: [(Int, Int)] = [], lines: Int,
        precision: Precision = .milliseconds
    ) -> BatchName {
        BatchName(
            sealedMicroseconds: seconds * 1_000_000, writer: 1, number: number,
            pieces: pieces.compactMap { BatchName.Piece($0.0, of: $0.1) }, precision: precision, lines: lines)
    }

    static func body(_ lines: [String]) throws -> [UInt8] {
        var gzip = try Gzip()
        return try gzip.compress(Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    static func lines(_ count: Int) -> [String] {
        (0..<count).map { "m,a=x v=\($0) \(1_767_268_800_000 + $0)" }
    }

    /// A batch, with the mark of its bucket; gives the path of its file.
    @discardableResult
    func keep(_ name: BatchName, in bucket: String = "b", of destination: String = "main", mark: String? = "real")
        throws -> String
    {
        let layout = OutboxLayout(dataFolder: path, destination: destination)
        let folder = layout.folder(of: Bucket(bucket))
        try Files.makeFolders(folder)
        if let mark { try write("\(mark)\n", to: "\(folder)/.origin") }
        let file = "\(folder)/\(name.fileName)"
        try write(try Self.body(Self.lines(name.lines)), to: file)
        return file
    }

    /// A dead letter about a line; gives its name.
    @discardableResult
    func letter(
        _ line: String, _ number: Int = 1, of batch: BatchName = DataFolder.name(1, lines: 9), time: Int64 = 1,
        bucket: String = "b", reason: String = "a reason", destination: String = "main"
    ) throws -> String {
        let letter = DeadLetter(
            reason: reason, answer: "an answer", time: Timestamp(nanoseconds: time * 1_000_000_000),
            bucket: Bucket(bucket), precision: .milliseconds, content: .line(Array(line.utf8)))
        let name = DeadLetterName(batch, line: number)
        try put(letter, name, destination)
        return "\(name)"
    }

    /// A dead letter about a whole batch, with the bytes of its file.
    @discardableResult
    func letter(aboutBatch batch: BatchName, _ body: [UInt8]?, time: Int64 = 1) throws -> String {
        let letter = DeadLetter(
            reason: "damaged", time: Timestamp(nanoseconds: time * 1_000_000_000), bucket: Bucket("b"),
            precision: batch.precision, content: .batch(fileName: batch.fileName, lines: batch.lines))
        let name = DeadLetterName(batch, line: 0)
        try put(letter, name, "main")
        if let body {
            try write(body, to: "\(OutboxLayout(dataFolder: path).deadLetterFolder)/\(batch.fileName)")
        }
        return "\(name)"
    }

    private func put(_ letter: DeadLetter, _ name: DeadLetterName, _ destination: String) throws {
        let folder = OutboxLayout(dataFolder: path, destination: destination).deadLetterFolder
        try Files.makeFolders(folder)
        try write(letter.text, to: "\(folder)/\(name)")
    }

    /// Writes a letter's file as an editor would.
    func edit(_ letter: String, _ change: (String) -> String) throws {
        let file = "\(OutboxLayout(dataFolder: path).deadLetterFolder)/\(letter)"
        let text = String(decoding: try Files.read(file, bytesMax: 1 << 20), as: UTF8.self)
        try write(change(text), to: file)
    }

    /// Makes a letter's file larger than any letter, without taking the room.
    func enlarge(_ letter: String) throws {
        let file = "\(OutboxLayout(dataFolder: path).deadLetterFolder)/\(letter)"
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.truncate(atOffset: 70 << 20)
        try handle.close()
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        guard FileManager.default.createFile(atPath: file, contents: Data(bytes)) else {
            throw TestKitError("cannot write \(file)")
        }
    }

    func write(_ text: String, to file: String) throws {
        try write(Array(text.utf8), to: file)
    }

    /// All files below a folder, hidden ones too.
    func files(_ name: String = "") -> [String] {
        let root = name.isEmpty ? path : "\(path)/\(name)"
        let all = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
        return all.filter { file in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root)/\(file)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }
}
