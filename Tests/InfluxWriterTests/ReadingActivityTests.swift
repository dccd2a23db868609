import CoinlineJSON
import HTTPServer
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Queries over HTTP")
struct ReadingActivityTests {
    private static let end = Timestamp(nanoseconds: 1_767_268_805_000_000_001)

    private static let good = csv(
        "#datatype,string,long,string,string,long", "#group,false,false,false,true,false", "#default,points,,,,",
        ",result,table,_field,_measurement,_value", ",,0,rate,b,7", ",,1,rate,\"a,\"\"x\",3", "",
        "#datatype,string,long,long,string", "#group,false,false,false,true", "#default,newest,,,",
        ",result,table,_value,_measurement", ",,0,1767268804000000000,b", ",,1,1767268803000000000,\"a,\"\"x\"", "")

    private func withServer(
        _ answer: @escaping @Sendable (ScriptedServer.Seen) -> ServerResponse, api: InfluxDB.API = .v2,
        _ body: (InfluxDB, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try ScriptedServer(answer)
        let influx = try InfluxDB(influxConfiguration(server.url, api: api))
        try await body(influx, server)
        await server.stop()
    }

    private static func answer(_ body: [UInt8], _ type: String = "text/csv; charset=utf-8") -> ServerResponse {
        var response = ServerResponse.json(body, status: 200)
        response.headers = [("Content-Type", type)]
        return response
    }

    @Test("the newest point and the count of each measurement are asked for in one query with fixed text")
    func request() async throws {
        try await withServer({ _ in Self.answer(Self.good) }) { influx, server in
            let found = try await influx.activity(
                in: Bucket("b\"\\${x}"), window: .seconds(86_400), before: Self.end)

            #expect(
                found == [
                    MeasurementActivity(
                        measurement: "a,\"x", points: 3, newest: Timestamp(nanoseconds: 1_767_268_803_000_000_000)),
                    MeasurementActivity(
                        measurement: "b", points: 7, newest: Timestamp(nanoseconds: 1_767_268_804_000_000_000)),
                ])
            let seen = try #require(server.requests.first)
            #expect(server.requests.count == 1 && seen.method == "POST" && seen.target == "/api/v2/query?org=market")
            #expect(seen.headers["authorization"] == "Token the-token-of-the-test")
            let body = try JSONCursor(seen.body)
            #expect(try body.member("now")?.string() == "2026-01-01T12:00:05.000000001Z")
            #expect(
                try body.member("dialect")?.member("annotations")?.elements().map { try $0.string() }
                    == ["datatype", "group", "default"])
            let flux = try #require(try body.member("query")).string()
            #expect(flux.contains(#"from(bucket: "b\"\\\${x}") |> range(start: -86400s)"#), "\(flux)")
        }
    }

    @Test("a bucket that looks like an id is read by id, and then by name, as a write finds it")
    func bucketByID() async throws {
        try await withServer({ seen in
            guard seen.body.firstRange(of: Array("bucketID".utf8)) == nil else {
                return ServerResponse.json(
                    Array(#"{"code":"not found","message":"could not find bucket"}"#.utf8), status: 404)
            }
            return Self.answer(Self.good)
        }) { influx, server in
            let found = try await influx.activity(
                in: Bucket("00a3caa06a3c78a6"), window: .seconds(60), before: Self.end)

            #expect(found.count == 2 && server.requests.count == 2)
            #expect(!ActivityQuery.isID(Bucket("0000000000000000")) && !ActivityQuery.isID(Bucket("00A3CAA06A3C78A6")))
        }
    }

    @Test("a text as a literal of Flux can neither end it nor be an expression")
    func literals() {
        #expect(InfluxDB.fluxLiteral("") == "\"\"")
        #expect(InfluxDB.fluxLiteral("a\"b\\c${d}$e$") == #""a\"b\\c\${d}$e$""#)
        #expect(InfluxDB.fluxLiteral("\n\r\t$${") == #""\n\r\t$\${""#)
    }

    @Test(
        "what the server refuses is told with its words and without the token",
        arguments: [
            (400, #"{"code":"invalid","message":"queue length exceeded"}"#, QueryError.Kind.overloaded, "queue length"),
            (400, #"{"code":"invalid","message":"error @1:1: the-token-of-the-test"}"#, .rejected, "‹redacted›"),
            (400, #"unsupported path requested: "/api/v2/query""#, .noQueries, "takes no queries at /api/v2/query"),
            (401, #"{"code":"unauthorized","message":"unauthorized access"}"#, .unauthorized, "token"),
            (403, #"{"code":"forbidden","message":"Flux query service disabled."}"#, .forbidden, "disabled"),
            (404, #"{"code":"not found","message":"could not find bucket \"x\""}"#, .notFound, "may not read it"),
            (404, "404 page not found", .noQueries, "404"), (404, "<html><title>Proxy</title>", .noQueries, "Proxy"),
            (429, "", .overloaded, "429"), (503, "", .overloaded, "503"), (500, "boom", .failed, "boom"),
            (302, "", .noQueries, "302"), (204, "", .noQueries, "204"), (502, "<html></html>", .failed, "HTML"),
        ])
    func refusals(status: Int, body: String, kind: QueryError.Kind, words: String) async throws {
        try await withServer({ _ in
            status == 204 ? ServerResponse(204) : ServerResponse.json(Array(body.utf8), status: status)
        }) { influx, _ in
            let error = await #expect(throws: QueryError.self) { try await influx.query("x") }

            #expect(error?.kind == kind, "\(String(describing: error))")
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            #expect(error?.message.contains("the-token-of-the-test") == false)
        }
    }

    @Test(
        "a failure inside a 200, an answer that is no CSV and one that is too long are errors, never part of an answer")
    func unreadable() async throws {
        let broken = csv(
            ",result,table,v", ",a,0,1", "", ",error,reference", ",the-token-of-the-test broke,")
        let cases: [([UInt8], QueryError.Kind)] = [
            (broken, .failed), (Array("<html></html>".utf8), .unreadable),
            (Array(Self.good.dropLast(20)), .unreadable), ([UInt8](repeating: 0x0A, count: 2_000), .tooLarge),
        ]
        for (body, kind) in cases {
            try await withServer({ _ in Self.answer(body) }) { influx, _ in
                var limits = InfluxDB.QueryLimits()
                limits.answerBytesMax = 1_000
                let error = await #expect(throws: QueryError.self) { try await influx.query("x", within: limits) }

                #expect(error?.kind == kind, "\(String(describing: error))")
                #expect(error?.message.contains("the-token-of-the-test") == false)
            }
        }
    }

    @Test(
        "an answer to another question is not taken for figures",
        arguments: [
            csv(",result,table,_measurement,_value", ",points,0,m,3", ""),
            csv("#datatype,string,long,string,double", ",result,table,_measurement,_value", ",points,0,m,3", ""),
            csv("#datatype,string,long,string,long", ",result,table,_measurement,_value", ",_result,0,m,3", ""),
            csv("#datatype,string,long,string,long", ",result,table,_m,_value", ",points,0,m,3", ""),
        ])
    func otherAnswers(body: [UInt8]) async throws {
        try await withServer({ _ in Self.answer(body) }) { influx, _ in
            let error = await #expect(throws: QueryError.self) {
                try await influx.activity(in: Bucket("b"), window: .seconds(60), before: Self.end)
            }

            #expect(error?.kind == .unreadable)
        }
    }

    @Test("a server that does not answer in time, or is not there, is unavailable")
    func unavailable() async throws {
        let gone = try InfluxDB(influxConfiguration("http://127.0.0.1:1"))
        let error = await #expect(throws: QueryError.self) { try await gone.query("x") }
        #expect(error?.kind == .unavailable && error?.message.contains("127.0.0.1:1") == true)
    }

    @Test("over the API v3 nothing is read, and the other languages are refused, without a request")
    func apis() async throws {
        for (api, flux, influxQL) in [(InfluxDB.API.v1, false, true), (.v2, true, false), (.v3, false, false)] {
            try await withServer({ _ in Self.answer(csv("")) }, api: api) { influx, server in
                if !flux {
                    let error = await #expect(throws: QueryError.self) { try await influx.query("x") }
                    #expect(error?.kind == .noQueries)
                }
                if !influxQL {
                    let error = await #expect(throws: QueryError.self) {
                        try await influx.influxQL("x", in: Bucket("b"))
                    }
                    #expect(error?.kind == .noQueries)
                }
                if api == .v3 {
                    let error = await #expect(throws: QueryError.self) {
                        try await influx.activity(in: Bucket("b"), window: .seconds(60), before: Self.end)
                    }
                    #expect(error?.kind == .noQueries && error?.message.contains("v3") == true)
                }
                #expect(server.requests.isEmpty)
            }
        }
    }
}
