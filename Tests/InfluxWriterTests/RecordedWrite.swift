import CoinlineBase
import CoinlineCompression
import TestKit

@testable import InfluxWriter

/// A recorded write as the code under test would have met it.
struct RecordedWrite {
    let exchange: RecordedExchange
    let answer: WriteReply.Answer
    /// As it would be delivered: gzip. Nil where the recording holds only a part of it.
    let delivered: [UInt8]?

    var name: String { exchange.name }
    var status: Int { exchange.status }
    var api: InfluxDB.API { exchange.path.hasPrefix("/api/v2/") ? .v2 : .v1 }

    /// Whether this shows what a server held after the write before it.
    static func isReadBack(_ exchange: RecordedExchange) -> Bool { exchange.name.hasSuffix(" / stored") }

    init(_ exchange: RecordedExchange) throws {
        self.exchange = exchange
        // Of an answer that was shortened the beginning counts, as of one that is longer than what is read.
        let body = exchange.responseBody
        let whole = body.whole ?? Array((body.bytes ?? []).prefix { $0 < 0x80 })
        let cap = WriteRequests.answerBytesMax
        answer = WriteReply.Answer(
            status: exchange.status, headers: exchange.responseHeaders, body: Array(whole.prefix(cap)),
            isBodyCut: body.whole == nil || whole.count > cap)
        if exchange.requestHeader("Content-Encoding") == "gzip" {
            delivered = exchange.requestBody.whole
        } else {
            var gzip = try Gzip()
            delivered = try exchange.requestBody.whole.map { try gzip.compress($0) }
        }
    }

    /// The writes of a file, in order.
    static func all(_ file: String) throws -> [RecordedWrite] {
        try RecordedExchange.all(file).filter { !isReadBack($0) && $0.method != "GET" || $0.path.contains("/write") }
            .map { try RecordedWrite($0) }
    }

    static func named(_ name: String, in file: String) throws -> RecordedWrite {
        guard let write = try all(file).first(where: { $0.name == name }) else {
            throw TestKitError("no recorded write is called \(name)")
        }
        return write
    }

    func reply() throws -> Reply {
        let context = WriteReply.Context(
            requests: try WriteRequests(influxConfiguration(api: api)), bucket: Bucket("crypto_data"),
            now: UTCTime(seconds: 0))
        return WriteReply.reply(to: answer, context, delivered: delivered)
    }
}
