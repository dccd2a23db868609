import CoinlineBase
import CoinlineHTTP

extension InfluxDB {
    /// A name that no bucket or database has. Asked for to tell a server that looks from one that takes anything.
    private static let unknownBucket = Bucket("coinline-check-no-such-bucket")

    /// What a ping told.
    public struct Ping: Sendable, Equatable {
        /// `.acknowledged` when the server answered as it should.
        public let reply: Reply
        /// "v2.7.12", where the server says it. VictoriaMetrics calls itself 1.8.0.
        public let version: String?
        /// "OSS", where the server says it.
        public let build: String?
    }

    /// Proves address, token, organisation, bucket and the right to write, and stores nothing: a write of nothing is
    /// answered like any other. `.acknowledged` means that all of them are good, and every other reply says which is
    /// not.
    ///
    /// A server that would take anything proves nothing by taking this, so a second empty write asks for a bucket that
    /// cannot be there. VictoriaMetrics takes that one too, whatever the token: then the reply is `.unproved`.
    public func check(_ bucket: Bucket) async -> Reply {
        let reply = await send(requests.emptyWrite(to: bucket), bucket)
        guard reply == .acknowledged else { return reply }
        let unknown = await send(requests.emptyWrite(to: Self.unknownBucket), Self.unknownBucket)
        switch unknown {
        case .notFound, .forbidden, .unauthorized: return .acknowledged
        case .acknowledged:
            return .unproved(
                "\(requests.address.origin) is reachable, but takes writes for any bucket and with any token, as "
                    + "VictoriaMetrics does: nothing but the address is proved")
        case .rejected, .partial, .tooLarge, .overloaded, .unavailable, .unproved, .unexpected: return unknown
        }
    }

    /// Asks whether the server is there, and for its version. Needs no token and proves none.
    public func ping() async -> Ping {
        switch await answer(to: requests.ping()) {
        case .failure(let failure): return Ping(reply: failure.reply, version: nil, build: nil)
        case .success(let answer):
            let isThere = answer.status == 204 || answer.status == 200
            let reply = isThere ? .acknowledged : WriteReply.reply(to: answer, context(Self.unknownBucket))
            return Ping(
                reply: reply, version: Self.word(answer.header("X-Influxdb-Version")),
                build: Self.word(answer.header("X-Influxdb-Build")))
        }
    }

    private static func word(_ text: String?) -> String? {
        text.map { ServerText.clean($0, hiding: []) }
    }
}
