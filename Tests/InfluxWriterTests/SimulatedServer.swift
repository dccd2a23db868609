import CoinlineBase
import CoinlineJSON
import TestKit

@testable import InfluxWriter

/// A line of the simulation; its number is in it.
enum SimulatedLine {
    enum Kind: CaseIterable, Sendable {
        case good
        /// A string with line breaks and the server's own words.
        case odd
        /// Cannot be read, and is named.
        case poison
        /// Of another type than the field.
        case conflict
        /// Refused without a word about it.
        case opaque
        /// Makes the server fail.
        case crash

        var isGood: Bool { self == .good || self == .odd }
    }

    static func text(_ number: Int, _ kind: Kind) -> String {
        let start = "m,k=\(number) "
        let time = " \(1_767_225_600_000_000_000 + number)"
        switch kind {
        case .good: return start + "v=\(number)i" + time
        case .odd: return start + "s=\"x\nunable to parse 'm,k=1 v=1i': no\\\"\n\",v=1i" + time
        case .poison: return start + "v="
        case .conflict: return start + "v=1.5" + time
        case .opaque: return start + "opaque=1i" + time
        case .crash: return start + "crash=1i" + time
        }
    }

    static func number(_ line: some Sequence<UInt8>) -> Int? {
        let digits = Array(line).dropFirst("m,k=".utf8.count).prefix { (0x30...0x39).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

/// Answers as a real server would, in its own texts, so that these are read as in earnest.
struct SimulatedServer {
    enum Trouble: CaseIterable, Sendable {
        case unreachable, busy, failing, unauthorized, forbidden, missing, page
    }

    var kinds: [Int: SimulatedLine.Kind] = [:]
    var bytesMax = Int.max
    /// Until then this is what it answers.
    var troubles: [(from: Duration, to: Duration, trouble: Trouble)] = []
    /// How often each line was stored.
    private(set) var stored: [Int: Int] = [:]

    mutating func reply(to body: [UInt8], now: Duration) throws -> Reply {
        if let trouble = troubles.first(where: { $0.from <= now && now < $0.to })?.trouble {
            guard let answer = Self.answer(trouble) else { return .unavailable("not reached: is the server running?") }
            return try read(answer, body)
        }
        return try read(answer(to: body), body)
    }

    private func read(_ answer: WriteReply.Answer, _ body: [UInt8]) throws -> Reply {
        let context = WriteReply.Context(
            requests: try WriteRequests(influxConfiguration()), bucket: Bucket("b"), now: UTCTime(seconds: 0))
        return WriteReply.reply(to: answer, context, delivered: body)
    }

    private static func answer(_ trouble: Trouble) -> WriteReply.Answer? {
        switch trouble {
        case .unreachable: nil
        case .busy: .init(status: 503, headers: [("Retry-After", "7")])
        case .failing: said(500, "internal error")
        case .unauthorized: said(401, "unauthorized access")
        case .forbidden: said(403, "insufficient permissions for write")
        case .missing: said(404, "bucket \"b\" not found")
        case .page: .init(status: 200, body: Array("<html><title>Please log in</title></html>".utf8))
        }
    }

    private static func said(_ status: Int, _ message: String) -> WriteReply.Answer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("code", "x")
        writer.member("message", message)
        writer.endObject()
        return .init(status: status, body: writer.bytes)
    }

    /// Stores what it takes.
    private mutating func answer(to body: [UInt8]) throws -> WriteReply.Answer {
        if body.isEmpty { return .init(status: 204) }
        if body.count > bytesMax { return Self.said(413, "too large") }
        let raw = try BatchSurgery.decompress(body)
        var lines: [(number: Int, kind: SimulatedLine.Kind, text: String)] = []
        ServerLines.forEach(in: raw) { line, _ in
            let number = SimulatedLine.number(line) ?? -1
            lines.append((number, kinds[number] ?? .poison, String(decoding: line, as: UTF8.self)))
        }
        if lines.contains(where: { $0.kind == .crash }) { return Self.said(500, "panic: 4711") }
        let unreadable = lines.filter { $0.kind == .poison }
        if !unreadable.isEmpty {
            let entries = unreadable.map { "unable to parse '\($0.text)': missing field value" }
            return Self.said(400, entries.joined(separator: "\n"))
        }
        if lines.contains(where: { $0.kind == .opaque }) { return Self.said(400, "no") }
        for line in lines where line.kind.isGood { stored[line.number, default: 0] += 1 }
        let conflicts = lines.count { $0.kind == .conflict }
        guard conflicts > 0 else { return .init(status: 204) }
        return Self.said(
            422,
            "failure writing points to database: partial write: field type conflict: input field \"v\" on measurement "
                + "\"m\" is type float, already exists as type integer dropped=\(conflicts)")
    }
}
