import CoinlineBase
import CoinlineCompression
import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

/// 2025-10-09T08:53:20Z, the now of these tests.
let testNow = UTCTime(seconds: 1_760_000_000)

let testBucket = Bucket("crypto_data")

func openStore(
    _ path: String, retention: Duration? = nil, now: UTCTime = testNow
) throws -> EmbeddedStore {
    try EmbeddedStore(path: path, retention: retention) { now }
}

/// A batch with exactly these bytes.
func batch(bytes: [UInt8], lines: Int = 1, precision: Precision = .milliseconds) throws -> BatchFile {
    var gzip = try Gzip(level: 1)
    let name = BatchName(
        sealedMicroseconds: 1, writer: 1, number: 1, precision: precision, lines: max(1, lines))
    return BatchFile(name: name, body: try gzip.compress(bytes))
}

/// A batch with these lines.
func batch(_ lines: String..., precision: Precision = .milliseconds) throws -> BatchFile {
    let text = lines.map { $0 + "\n" }.joined()
    return try batch(bytes: Array(text.utf8), lines: lines.count, precision: precision)
}

/// A batch with these points, to the nanosecond.
func batch(of points: [Point]) throws -> BatchFile {
    var encoder = LineEncoder(precision: .nanoseconds)
    for point in points { try encoder.append(point) }
    return try batch(bytes: encoder.copyBytes(), lines: points.count, precision: .nanoseconds)
}

extension EmbeddedStore {
    /// Delivers lines in milliseconds.
    func deliver(lines: String...) async throws -> Reply {
        let text = lines.map { $0 + "\n" }.joined()
        return await deliver([try batch(bytes: Array(text.utf8), lines: lines.count)], to: testBucket)
    }
}

extension Reply {
    /// The refused lines of a partial or rejected reply.
    var refused: [RejectedLine] {
        switch self {
        case .partial(let refused, _, _), .rejected(let refused, _): refused
        default: []
        }
    }

    var isPartial: Bool { if case .partial = self { true } else { false } }

    var isRejected: Bool { if case .rejected = self { true } else { false } }

    var unavailableText: String? { if case .unavailable(let text) = self { text } else { nil } }
}

/// What `sqlite3 FILE SQL` prints, a row a line and columns between bars; nil where there is no such program.
func sqliteProgram(_ path: String, _ sql: String) async throws -> String? {
    let program = "/usr/bin/sqlite3"
    guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
    let result = try await ProgramRun(program, ["-readonly", path, sql]).result()
    #expect(result.exitCode == 0, "\(result)")
    return result.outputText.trimmingCharacters(in: .newlines)
}

/// All rows of a statement as text, through a connection of its own.
func rows(_ path: String, _ sql: String, access: Database.Access = .readOnly) throws -> [[String]] {
    let statement = try Statement(Database(path: path, access: access), sql)
    var rows: [[String]] = []
    while try statement.step() { rows.append((0..<statement.columnCount).map { statement.text($0) }) }
    return rows
}
