import CoinlineBase
import CoinlineFiles
import LineProtocol
import TestKit

@testable import Collector

/// What became of a text.
struct Converted {
    let outcome: TextConversion.Outcome
    var isGood: Bool { outcome == .good }
    let output: String
    /// Without the name of the file.
    let complaints: [String]
}

func converted(
    _ direction: TextConversion.Direction, _ bytes: [UInt8], precision: Precision = .milliseconds,
    isPrecisionNamed: Bool = false
) async throws -> Converted {
    try await withTemporaryFolder { folder in
        try DurableFile.write(bytes, to: "input", in: folder)
        let (output, complaints) = (Collected<UInt8>(), Collected<String>())
        let conversion = TextConversion(
            direction, precision: precision, isPrecisionNamed: isPrecisionNamed, paths: [folder + "/input"],
            write: { output.append($0) }, complain: { complaints.append([$0]) })
        let outcome = conversion.run()
        let prefix = folder + "/input:"
        return Converted(
            outcome: outcome, output: String(decoding: output.values, as: UTF8.self),
            complaints: complaints.values.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 })
    }
}

func parsed(_ text: String, precision: Precision = .milliseconds) async throws -> Converted {
    try await converted(.toJSON, Array(text.utf8), precision: precision)
}

func encoded(_ text: String, precision: Precision = .milliseconds) async throws -> Converted {
    try await converted(.toLines(.influx2), Array(text.utf8), precision: precision)
}

/// Values that closures of other tasks hand over.
final class Collected<Value: Sendable>: Sendable {
    private let lock = Locked<[Value]>([])

    var values: [Value] { lock.withLock { $0 } }

    func append(_ more: [Value]) { lock.withLock { $0 += more } }
}
