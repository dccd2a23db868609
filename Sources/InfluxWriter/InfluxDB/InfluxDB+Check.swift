import CoinlineBase
import CoinlineHTTP

extension InfluxDB {
    /// A name that no bucket and no database has: InfluxDB 2 keeps the underscore for its own, InfluxDB 3 refuses it,
    /// and so neither can make one of it. Asked for to tell a server that looks from one that takes anything.
    private static let impossible = Bucket("_coinline-check")

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
    ///
    /// InfluxDB 3 behind the API of an older server is `.rejected` without lines: it refuses a write of nothing, or the
    /// name of the second. Even so it makes the database, as every write to it does that comes as far.
    ///
    /// Over its own API it is sent a line that cannot be read instead, which it refuses after it has looked at the
    /// token and at the database's name, and before it makes a database. So what a check can tell there is at most
    /// `.unproved`, in words that say what is known, and never `.acknowledged`.
    public func check(_ bucket: Bucket) async -> Reply {
        if requests.api == .v3 { return await checkInfluxDB3(bucket) }
        let first: WriteReply.Answer
        switch await answer(to: requests.emptyWrite(to: bucket)) {
        case .failure(let failure): return failure.reply
        case .success(let answer): first = answer
        }
        let reply = WriteReply.reply(to: first, context(bucket))
        guard WriteReply.isGoodForNothing(first, reply) else {
            return WriteReply.isPlainRefusal(first, reply)
                ? .rejected(lines: [], message: words(first, bucket).isInfluxDB3) : reply
        }
        return await checkImpossible(bucket)
    }

    /// The second question to an older server.
    private func checkImpossible(_ bucket: Bucket) async -> Reply {
        let second: WriteReply.Answer
        switch await answer(to: requests.emptyWrite(to: Self.impossible)) {
        case .failure(let failure): return failure.reply
        case .success(let answer): second = answer
        }
        let reply = WriteReply.reply(to: second, context(Self.impossible))
        switch reply {
        case .notFound, .forbidden, .unauthorized: return .acknowledged
        case .acknowledged:
            return .unproved(
                "\(requests.address.origin) is reachable, but takes writes for any bucket and with any token, as "
                    + "VictoriaMetrics does: nothing but the address is proved")
        case .rejected, .partial, .tooLarge, .limited, .overloaded, .unavailable, .failed, .unproved, .unexpected:
            return WriteReply.isPlainRefusal(second, reply)
                ? .rejected(lines: [], message: words(second, bucket).isInfluxDB3) : reply
        }
    }

    /// A refusal that names the line is InfluxDB 3's. Behind any other the same line for a name that cannot be tells a
    /// server that looks at names from one that answers 400 to anything. Nothing is made by either question.
    private func checkInfluxDB3(_ bucket: Bucket) async -> Reply {
        let first: WriteReply.Answer
        switch await answer(to: requests.unreadableWrite(to: bucket)) {
        case .failure(let failure): return failure.reply
        case .success(let answer): first = answer
        }
        let reply = WriteReply.reply(to: first, context(bucket))
        let words = words(first, bucket)
        switch reply {
        case .rejected(let lines, _) where !lines.isEmpty: return .unproved(words.seenAsInfluxDB3)
        case .partial: return .unproved(words.seenAsInfluxDB3)
        case .acknowledged: return .unexpected(status: first.status, words.readsNoLine)
        default: break
        }
        guard WriteReply.isPlainRefusal(first, reply) else { return reply }
        let second = await send(requests.unreadableWrite(to: Self.impossible), Self.impossible)
        switch second {
        // Forbidden: the token is good for some databases, and this is none of them.
        case .notFound(.database, _), .forbidden: return .unproved(words.seenAsInfluxDB3)
        case .acknowledged, .rejected, .partial, .unexpected:
            return .unexpected(status: first.status, words.looksAtNoName)
        case .notFound, .unauthorized, .tooLarge, .limited, .overloaded, .unavailable, .failed, .unproved: return second
        }
    }

    private func words(_ answer: WriteReply.Answer, _ bucket: Bucket) -> ReplyWords {
        ReplyWords(
            context: context(bucket), status: answer.status, text: ServerText(answer, hiding: requests.hiddenTexts))
    }

    /// Asks whether the server is there, and for its version. Needs no token and proves none.
    public func ping() async -> Ping {
        switch await answer(to: requests.ping()) {
        case .failure(let failure): return Ping(reply: failure.reply, version: nil, build: nil)
        case .success(let answer):
            let isThere = answer.status == 204 || answer.status == 200
            let reply = isThere ? .acknowledged : WriteReply.reply(to: answer, context(Self.impossible))
            return Ping(
                reply: reply, version: word(answer.header("X-Influxdb-Version")),
                build: word(answer.header("X-Influxdb-Build")))
        }
    }

    private func word(_ text: String?) -> String? {
        text.map { ServerText.clean($0, hiding: requests.hiddenTexts) }
    }
}
