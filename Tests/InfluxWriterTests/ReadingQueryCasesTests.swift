import CoinlineCompression
import TestKit
import Testing

@testable import InfluxWriter

/// What a recorded answer to a query must come to.
enum ExpectedAnswer {
    /// Rows of each table, the names of the results in their order, and of the first row the columns that are named.
    case tables([Int], results: [String] = ["_result"], first: [String: FluxValue] = [:], isTyped: Bool = true)
    /// Tables, and then what the server says is wrong.
    case broken([Int], String)
    case refused(QueryError.Kind, String)
    case influxQL([InfluxQLSeries])
    /// No answer to a query at all.
    case noCSV
}

@Suite("The 34 recorded queries", .requiresSharedFacts)
struct ReadingQueryCasesTests {
    private static let midnight = time("2026-01-01T00:00:00Z")
    private static let nothing = "could not find bucket \"nothing\""

    private static let expected: [String: ExpectedAnswer] = [
        "data set written": .refused(.noQueries, "204"),
        "first rows": .tables(
            [2, 2, 2, 2, 2],
            first: ["_value": .double(89820), "code": .string("BTC"), "_time": midnight, "_start": midnight]),
        "all column types": .refused(.rejected, "cannot represent the type bytes"),
        "duration column": .refused(.rejected, "cannot represent the type duration"),
        "special floats": .tables([4]),
        "nulls": .tables([10], first: ["_value": .double(89820), "_time": time("2026-01-01T00:02:00Z")]),
        "two yields": .tables([2, 2], results: ["a", "b"], first: ["_value": .double(0.55)]),
        "pivot": .tables(
            [5],
            first: [
                "rank": .long(1), "rate": .double(94283.32851688346), "name": .string("Bitcoin"),
                "circulating_supply": .double(20_000_000), "_time": time("2026-01-02T23:55:00Z"),
            ]),
        "empty result": .tables([], results: []),
        "empty table kept": .tables([0]),
        "unknown bucket": .refused(.notFound, nothing),
        "syntax error": .refused(.rejected, "expected RPAREN, got EOF"),
        "unknown function": .refused(.rejected, "undefined identifier rage"),
        "type error": .refused(.rejected, "expected int but found string"),
        "no range": .refused(.rejected, "cannot submit unbounded read"),
        "undefined name": .refused(.rejected, "invalid expression @1:43-1:44: $"),
        "error while running": .refused(.rejected, "runtime error: cannot divide by zero"),
        "error after rows": .refused(.notFound, nothing),
        "missing column": .tables([2, 2, 2, 2, 2], first: ["_value": .double(0.55), "currency": .string("USD")]),
        "schema collision": .broken([2], "schema collision: cannot group integer and float types together"),
        "measurements": .tables([86], first: ["_value": .string("_k30")]),
        "field keys": .tables([8], first: ["_value": .string("circulating_supply")]),
        "tag values": .tables([5], first: ["_value": .string("BTC")]),
        "count points per code": .tables([1, 1, 1, 1, 1], first: ["_value": .long(564), "code": .string("BTC")]),
        "gap search": .tables([96], first: ["_value": .long(0), "_time": time("2026-01-01T00:02:00Z")]),
        "vnd.flux body": .tables([2, 2, 2, 2, 2], first: ["_value": .string("89820")], isTyped: false),
        "gzip answer": .tables([2, 2, 2, 2, 2], first: ["_value": .string("89820")], isTyped: false),
        "wrong token": .refused(.unauthorized, "unauthorized access"),
        "no org": .refused(.notFound, "provide either orgID or org"),
        "empty query": .refused(.rejected, "requires either query or AST"),
        "analyze bad": .noCSV,
        "analyze good": .noCSV,
        "influxql": .influxQL(
            [
                ("BTC", 94283.32851688346), ("ETH", 3049.5067467816284), ("GLQ", 0.02846134130156816),
                ("SOL", 194.07739409608044), ("_STX", 0.000011721513908187806),
            ].map { code, rate in
                InfluxQLSeries(
                    name: "cryptocurrency_data", tags: ["code": code], columns: ["time", "last"],
                    rows: [[.integer(1_767_398_100_000), .float(rate)]])
            }),
        "influxql unknown db": .influxQL([]),
    ]

    @Test("each becomes the tables, the series or the error that it is")
    func everyQuery() throws {
        let recorded = try RecordedExchange.all("influxdb2/query.json")

        for exchange in recorded {
            let expected = try #require(Self.expected[exchange.name], "\(exchange.name)")
            try compare(exchange, expected)
        }

        print("InfluxDB 2.7.12: \(recorded.count) recorded queries read as expected")
        #expect(recorded.count == 34 && Set(recorded.map(\.name)) == Set(Self.expected.keys))
    }

    private func compare(_ exchange: RecordedExchange, _ expected: ExpectedAnswer) throws {
        let name = Comment(rawValue: exchange.name)
        let reply = QueryReply(
            api: .v2, origin: "http://localhost:8086", path: "/api/v2/query", hasToken: true, hiddenTexts: [])
        var bytes = exchange.responseBody.bytes ?? []
        if exchange.responseHeader("Content-Encoding") == "gzip" {
            var gunzip = try Gunzip(outputBytesMax: 1 << 20)
            let packed = bytes
            bytes = []
            try gunzip.append(packed, to: &bytes)
        }
        let answer = WriteReply.Answer(status: exchange.status, headers: exchange.responseHeaders, body: bytes)
        switch expected {
        case .refused(let kind, let text):
            let error = #expect(throws: QueryError.self, name) { () throws in try reply.body(of: answer) }
            #expect(error?.kind == kind && error?.message.contains(text) == true, name)
        case .tables(let rows, let results, let first, let isTyped):
            let found = try tables(try reply.body(of: answer))
            #expect(found.map(\.rows.count) == rows, name)
            #expect(found.map(\.result).reduce(into: []) { if $0.last != $1 { $0.append($1) } } == results, name)
            #expect(found.allSatisfy { $0.isTyped == isTyped }, name)
            for (column, value) in first { #expect(found.first?.values(of: column)?.first == value, name) }
        case .broken(let rows, let text):
            var reader = FluxReader(try reply.body(of: answer))
            for count in rows {
                let table = try reader.next()
                #expect(table?.rows.count == count, name)
            }
            #expect(throws: FluxReadingError.server(message: text, reference: ""), name) { () throws in
                try reader.next()
            }
        case .influxQL(let series):
            #expect(try InfluxQLReader.series(in: try reply.body(of: answer), bytesMax: 1 << 20) == series, name)
        case .noCSV:
            #expect(throws: FluxReadingError.self, name) { () throws in try tables(try reply.body(of: answer)) }
        }
    }
}
