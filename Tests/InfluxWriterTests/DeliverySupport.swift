import CoinlineCompression
import LineProtocol

@testable import InfluxWriter

func gzipped(_ text: String) throws -> [UInt8] {
    var gzip = try Gzip()
    return try gzip.compress(Array(text.utf8))
}

func unzipped(_ body: [UInt8]) throws -> String {
    String(decoding: try Gunzip.decompress(body, outputBytesMax: 1 << 30), as: UTF8.self)
}

/// A history of so many answers of one kind.
func history(_ count: Int, of reply: Reply, isVerified: Bool = false) -> BatchHistory {
    var history = BatchHistory()
    for _ in 0..<count { history.note(reply, .retry(after: .zero, because: ""), in: BucketHistory()) }
    history.isVerified = isVerified
    return history
}

/// A step in a few words, for tables.
func words(_ step: DeliveryPlan.Step) -> String {
    switch step {
    case .forget: "forget"
    case .retry(let after, _): "retry \(after)"
    case .holdDestination(let text): "hold destination: \(text)"
    case .holdBucket(let text): "hold bucket: \(text)"
    case .separate: "separate"
    case .split: "split"
    case .excise(let lines, _): "excise \(lines.compactMap(\.number))"
    case .verify(let next): "verify, \(words(next))"
    case .bisect: "bisect"
    case .settle(let named, let count, _): "settle \(named.count) of \(count.lines)"
    case .setAside(let after, _): "aside \(after)"
    case .deadLetter: "dead letter"
    }
}

/// The answer of 500 as the code under test words it.
let failed = Reply.failed("the server failed to answer the write (500: it broke): its log may tell why")

func rejected(_ numbers: Int?...) -> Reply {
    .rejected(lines: numbers.map { RejectedLine(line: "m v=", number: $0, reason: "bad") }, message: "no")
}

/// A bucket that stored so many requests and then refused so many.
func bucketHistory(stored: Int = 0, refused: Int = 0) -> BucketHistory {
    var bucket = BucketHistory()
    for _ in 0..<stored { bucket.note(.acknowledged) }
    for _ in 0..<refused { bucket.note(rejected()) }
    return bucket
}
