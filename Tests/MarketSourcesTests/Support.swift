import CoinlineBase
import CoinlineHTTP
import TestKit
import Testing

@testable import MarketSources

/// When every test begins: Thu, 09 Oct 2025 08:53:20 GMT.
let start = UTCTime(seconds: 1_760_000_000)

/// An upstream that gives the prepared answers one after the other, and the last one again and again.
final class Script: Sendable {
    enum Answer: Sendable {
        case reply(Int, [String: String], String)
        case failure(HTTPError.Kind)
        /// Lets time pass before the next answer.
        case slow(Duration, HTTPError.Kind)
        case cancelled

        static func json(_ text: String) -> Answer { .reply(200, [:], text) }
        static func status(_ status: Int, _ headers: [String: String] = [:]) -> Answer {
            .reply(status, headers, #"{"error":{"code":\#(status),"status":"s","description":"d"}}"#)
        }
    }

    private struct State {
        var answers: [Answer]
        var requests: [HTTPRequest] = []
        var events: [UpstreamEvent] = []
    }

    private let state: Locked<State>
    /// Waits pass at once.
    let time = ManualTiming(start: start, isAdvancing: true)

    init(_ answers: [Answer]) {
        state = Locked(State(answers: answers))
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var events: [UpstreamEvent] { state.withLock { $0.events } }
    var bodies: [String] { requests.map { String(decoding: $0.body ?? [], as: UTF8.self) } }

    func send(_ request: HTTPRequest) throws -> Reply {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        switch answer {
        case .reply(let status, let headers, let text):
            return Reply(status: status, headers: headers.map { ($0.key, $0.value) }, body: Array(text.utf8))
        case .failure(let kind): throw HTTPError(kind: kind, detail: "the test says so")
        case .slow(let duration, let kind):
            time.advance(by: min(duration, request.deadline))
            throw HTTPError(kind: kind, detail: "the test says so")
        case .cancelled: throw CancellationError()
        }
    }

    /// A client of this upstream. `random` is the jitter of every wait.
    func client(
        random: Double = 0.5, _ change: (inout LiveCoinWatch.Configuration) -> Void = { _ in }
    ) -> LiveCoinWatch {
        var configuration = LiveCoinWatch.Configuration(key: Secret("planted-key-0123456789"))
        configuration.baseURL = "http://upstream.test/"
        change(&configuration)
        return LiveCoinWatch(
            configuration, timing: time.timing, random: { random },
            observe: { event in self.state.withLock { $0.events.append(event) } },
            send: { request in try self.send(request) })
    }
}

/// The failure of a call; nil when it succeeded.
func failure<Value>(_ body: () async throws(UpstreamError) -> Value) async -> UpstreamError? {
    do throws(UpstreamError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// A file of the recorded facts.
func recorded(_ path: String) throws -> [UInt8] {
    try SharedFacts.file("recorded/" + path)
}
