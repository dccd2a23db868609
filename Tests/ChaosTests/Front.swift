import CoinlineBase
import CoinlineCompression
import Foundation
import HTTPServer
import LineProtocol
import TestKit

/// Stands before a destination and makes its weather: it passes requests on, or answers, loses and breaks them as a
/// seeded schedule says. It can go, so that connections are refused, and come back on the same port.
final class Front: Sendable {
    /// What happens to a request.
    enum Weather: String, CaseIterable, Sendable {
        case pass
        /// The destination has it, and nobody is told.
        case loseAnswer
        case dropAtOnce, dropInBody, breakAnswer
        case tooManySeconds, tooManyDate, unavailable, failed, timeout
        case unauthorized, forbidden, notFound, tooLarge
        /// 200 with a page of HTML, and 502 with one.
        case page, gatewayPage
        case huge, stall
        /// Nobody answers as long as the other side waits.
        case silence

        /// What a destination does that comes and goes.
        fileprivate static let changeable = allCases.filter { $0 != .silence }
    }

    enum Mood: String, CaseIterable, Sendable {
        case up, flapping, down
    }

    private struct State {
        var server: HTTPServer?
        var mood = Mood.up
        var dice: SeededGenerator
        var forecast: [Weather] = []
        var lasting = Weather.pass
        var counts: [Weather: Int] = [:]
        var passed = 0
        var acknowledged = 0
        var cutUploads: [CutUpload] = []
        var journal: [String] = []
    }

    /// A request that ended while it was being sent.
    struct CutUpload: Sendable {
        let bytes: Int
        let announced: Int
    }

    let port: UInt16
    private let state: Locked<State>
    private let core: Core

    /// - Parameters:
    ///   - backend: `http://127.0.0.1:4711`.
    ///   - bodyBytesMax: a request with more, compressed, is answered with 413 as long as it is no single line.
    init(backend: String, bodyBytesMax: Int = .max, seed: UInt64) throws {
        core = Core(backend: backend, bodyBytesMax: bodyBytesMax)
        let server = try Self.server(core, port: 0)
        port = server.port
        state = Locked(State(server: server, dice: SeededGenerator(seed: seed)))
        core.front.withLock { $0.front = self }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    /// Lines that the destination took, those among them that it took again.
    var passedLines: Int { state.withLock { $0.passed } }
    /// Lines that the destination acknowledged.
    var storedLines: Int { state.withLock { $0.acknowledged } }
    /// What came of each request, with the numbers of its points.
    var journal: [String] { state.withLock { $0.journal } }

    var cutUploads: [CutUpload] { state.withLock { $0.cutUploads } }
    /// How many requests met it.
    func count(of weather: Weather) -> Int { state.withLock { $0.counts[weather, default: 0] } }

    /// The weather of the next requests one by one, and then that of all others, but for a flapping one's own.
    func forecast(_ next: [Weather], then lasting: Weather = .pass) {
        state.withLock { state in
            state.forecast = next
            state.lasting = lasting
        }
    }

    /// Changes the weather. Down means that connections are refused.
    func set(_ mood: Mood) async throws {
        state.withLock { $0.mood = mood }
        if mood == .down {
            await goDown()
        } else {
            try await comeUp()
        }
    }

    func goDown() async {
        let server = state.withLock { state in
            defer { state.server = nil }
            return state.server
        }
        await server?.stop(grace: .zero)
    }

    func comeUp() async throws {
        guard state.withLock({ $0.server == nil }) else { return }
        let deadline = ContinuousClock.now + .seconds(20)
        // Somebody's outgoing connection may hold the port for a moment.
        while true {
            do {
                let server = try Self.server(core, port: port)
                state.withLock { $0.server = server }
                return
            } catch {
                guard .now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private static func server(_ core: Core, port: UInt16) throws -> HTTPServer {
        var configuration = ServerConfiguration()
        configuration.address = .tcp(host: "127.0.0.1", port: port)
        return try HTTPServer(configuration) { await core.answer($0) }
    }

    fileprivate func next() -> Weather {
        state.withLock { state in
            var weather = state.forecast.isEmpty ? state.lasting : state.forecast.removeFirst()
            if state.mood == .flapping, Bool.random(using: &state.dice) {
                weather = Weather.changeable.randomElement(using: &state.dice) ?? .pass
                // Long ones are rare.
                if weather == .huge || weather == .stall, Int.random(in: 0..<3, using: &state.dice) > 0 {
                    weather = .loseAnswer
                }
            }
            state.counts[weather, default: 0] += 1
            return weather
        }
    }

    fileprivate func note(_ request: ServerRequest, _ weather: Weather, _ body: [UInt8], _ answer: RawAnswer?) {
        let numbers = Self.numbers(in: body)
        let isTaken = answer.map { [204, 422].contains($0.status) || $0.text.contains("partial write") } ?? false
        let said = answer.map { "\($0.status) \($0.text.prefix(300))" } ?? "not passed on"
        state.withLock { state in
            if isTaken { state.passed += numbers.count }
            if answer?.status == 204 { state.acknowledged += numbers.count }
            state.journal.append("\(request.target) \(weather.rawValue): \(said): \(numbers)")
        }
    }

    fileprivate func note(_ upload: CutUpload) {
        state.withLock { $0.cutUploads.append(upload) }
    }

    /// Of each line the number of its point; -1 for a line that cannot be read.
    private static func numbers(in body: [UInt8]) -> [Int] {
        guard let content = try? Gunzip.decompress(body, outputBytesMax: 64 << 20) else { return [] }
        var parser = LineParser(content)
        var numbers: [Int] = []
        while true {
            do throws(LineParsingError) {
                guard let line = try parser.next() else { return numbers }
                let field = line.point.fields.first { $0.key == "n" }
                if case .integer(let number) = field?.value { numbers.append(Int(number)) } else { numbers.append(-1) }
            } catch {
                numbers.append(-1)
            }
        }
    }

    /// What the servers' handlers keep alive.
    private final class Core: Sendable {
        struct Reference { weak var front: Front? }

        let backend: String
        let bodyBytesMax: Int
        let front = Locked(Reference())

        init(backend: String, bodyBytesMax: Int) {
            (self.backend, self.bodyBytesMax) = (backend, bodyBytesMax)
        }

        func answer(_ request: ServerRequest) async -> ServerResponse {
            guard let front = front.withLock({ $0.front }) else { return ServerResponse(500, body: .drop) }
            let weather = front.next()
            switch weather {
            case .dropAtOnce: return ServerResponse(500, body: .drop)
            case .dropInBody:
                let bytes = (try? await request.body.next())?.count ?? 0
                front.note(
                    CutUpload(bytes: bytes, announced: request.header("Content-Length").flatMap { Int($0) } ?? 0))
                return ServerResponse(500, body: .drop)
            case .silence:
                // Ends when the other side goes.
                try? await Task.sleep(for: .seconds(3_600))
                return ServerResponse(500, body: .drop)
            case .pass, .loseAnswer, .breakAnswer: break
            default:
                _ = try? await request.body.collect()
                return await canned(weather)
            }
            guard let body = try? await request.body.collect() else { return ServerResponse(500, body: .drop) }
            if body.count > bodyBytesMax, Front.numbers(in: body).count > 1 { return await canned(.tooLarge) }
            let answer = try? await pass(request, body)
            front.note(request, weather, body, answer)
            guard let answer else { return ServerResponse(500, body: .drop) }
            switch weather {
            case .loseAnswer: return ServerResponse(500, body: .drop)
            case .breakAnswer:
                return ServerResponse(200, body: .stream(length: 100) { _ = await $0.write(Array("{\"re".utf8)) })
            default:
                let headers = answer.headers.filter { $0.name.lowercased() != "connection" }
                return ServerResponse(answer.status, headers: headers, body: .bytes(answer.body))
            }
        }

        private func pass(_ request: ServerRequest, _ body: [UInt8]) async throws -> RawAnswer {
            var passed = RawRequest(request.method, backend + request.target)
            passed.headers = request.headers.filter {
                !["host", "connection", "content-length", "expect"].contains($0.name.lowercased())
            }
            passed.body = body
            return try await passed.send()
        }

        private func canned(_ weather: Weather) async -> ServerResponse {
            switch weather {
            case .pass, .loseAnswer, .dropAtOnce, .dropInBody, .breakAnswer, .silence:
                return ServerResponse(500, body: .drop)
            case .tooManySeconds: return .said(429, "too many requests", "later", [("Retry-After", "1")])
            case .tooManyDate:
                let date = Timing.system.now().advanced(by: .seconds(1)).httpDate
                return .said(429, "too many requests", "later", [("Retry-After", date)])
            case .unavailable: return .said(503, "unavailable", "not now", [("Retry-After", "1")])
            case .failed: return .said(500, "internal error", "unexpected error writing points to database: timeout")
            case .timeout: return .said(408, "request timeout", "too slow")
            case .unauthorized: return .said(401, "unauthorized", "unauthorized access")
            case .forbidden: return .said(403, "forbidden", "insufficient permissions for write")
            case .notFound: return .said(404, "not found", "bucket \"chaos_a\" not found")
            case .tooLarge: return .said(413, "request too large", "unable to read data: points batch is too large")
            case .page: return .page(200)
            case .gatewayPage: return .page(502)
            case .huge:
                return ServerResponse(
                    500,
                    body: .stream(length: nil) { writer in
                        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
                        for _ in 0..<1_600 where !Task.isCancelled { guard await writer.write(piece) else { return } }
                    })
            case .stall:
                try? await Task.sleep(for: .seconds(2))
                return ServerResponse(500, body: .drop)
            }
        }
    }
}

extension ServerResponse {
    fileprivate static func said(
        _ status: Int, _ code: String, _ message: String, _ headers: [(name: String, value: String)] = []
    ) -> ServerResponse {
        let text = message.replacing("\"", with: "\\\"")
        return ServerResponse(
            status, headers: [("Content-Type", "application/json; charset=utf-8")] + headers,
            body: .bytes(Array("{\"code\":\"\(code)\",\"message\":\"\(text)\"}".utf8)))
    }

    fileprivate static func page(_ status: Int) -> ServerResponse {
        ServerResponse(
            status, headers: [("Content-Type", "text/html")],
            body: .bytes(Array("<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>".utf8)))
    }
}
