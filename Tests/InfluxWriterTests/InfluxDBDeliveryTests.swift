import CoinlineBase
import CoinlineCompression
import CoinlineHTTP
import HTTPServer
import TestKit
import Testing

@testable import InfluxWriter

@Suite("InfluxDB: delivery, check and ping over a socket", .timeLimit(.minutes(8)))
struct InfluxDBDeliveryTests {
    @Test("a batch arrives as it lies in its file, under the right headers")
    func oneBatch() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }
        let influx = try InfluxDB(influxConfiguration(server.url))
        let batch = try batch("a v=1 1\n")

        let reply = await influx.deliver([batch], to: Bucket("crypto data"))

        #expect(reply == .acknowledged)
        let seen = try #require(server.requests.first)
        #expect(seen.method == "POST")
        #expect(seen.target == "/api/v2/write?org=market&bucket=crypto%20data&precision=ms")
        #expect(seen.headers["authorization"] == "Token the-token-of-the-test")
        #expect(seen.headers["content-encoding"] == "gzip")
        #expect(seen.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(seen.headers["content-length"] == "\(batch.body.count)")
        #expect(seen.headers["expect"] == nil)
        #expect(seen.body == batch.body)
        await server.stop()
    }

    @Test("several batches are one request of as many gzip members")
    func joined() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }
        let influx = try InfluxDB(influxConfiguration(server.url))
        let batches = try (1...3).map { try batch("a v=\($0) \($0)\n", number: UInt32($0)) }

        #expect(await influx.deliver(batches, to: Bucket("b")) == .acknowledged)
        #expect(await influx.deliver([], to: Bucket("b")) == .acknowledged)

        #expect(server.requests.count == 1)
        let text = try Gunzip.decompress(server.requests[0].body, outputBytesMax: 1_000)
        #expect(String(decoding: text, as: UTF8.self) == "a v=1 1\na v=2 2\na v=3 3\n")
        await server.stop()
    }

    @Test("user and password become Basic authentication on the 1.x API, anything else a token")
    func basic() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }

        for (token, api) in [("user:pa55", InfluxDB.API.v1), ("plain", .v1), ("user:pa55", .v2)] {
            let influx = try InfluxDB(influxConfiguration(server.url, api: api, token: token))
            #expect(await influx.deliver([try batch("a v=1 1\n")], to: Bucket("b")) == .acknowledged)
        }

        #expect(
            server.requests.map { $0.headers["authorization"] } == [
                "Basic dXNlcjpwYTU1", "Token plain", "Token user:pa55",
            ])
        await server.stop()
    }

    @Test("microseconds are not sent over the 1.x API")
    func microseconds() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v1))

        let reply = await influx.deliver([try batch("a v=1 1\n", precision: .microseconds)], to: Bucket("b"))

        #expect(kind(of: reply) == "unexpected 0")
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test("rejected lines are numbered through all batches of a delivery")
    func rejected() async throws {
        let body =
            #"{"code":"invalid","message":"unable to parse 'a v=': missing field value\nunable to parse 'b x': bad"}"#
        let server = try ScriptedServer { _ in .json(Array(body.utf8), status: 400) }
        let influx = try InfluxDB(influxConfiguration(server.url))

        let reply = await influx.deliver([try batch("a v=1 1\na v=\n"), try batch("b x\nb v=1 1\n")], to: Bucket("b"))

        #expect(
            reply
                == .rejected(
                    lines: [
                        RejectedLine(line: "a v=", number: 2, reason: "missing field value"),
                        RejectedLine(line: "b x", number: 3, reason: "bad"),
                    ],
                    message:
                        "nothing was stored: the server could not read 2 lines, "
                        + "the first because of: missing field value"
                ))
        await server.stop()
    }

    @Test("an answer of megabytes is read up to 64 KiB, and its whole entries count")
    func longAnswer() async throws {
        let entries = (0..<20_000).map { "unable to parse 'a v\($0)=': missing field value" }
        let body = #"{"code":"invalid","message":""# + entries.joined(separator: #"\n"#) + #""}"#
        let server = try ScriptedServer { _ in .json(Array(body.utf8), status: 400) }
        let influx = try InfluxDB(influxConfiguration(server.url))
        let lines = (0..<20_000).map { "a v\($0)=\n" }.joined()

        guard case .rejected(let rejected, _) = await influx.deliver([try batch(lines)], to: Bucket("b")) else {
            Issue.record("not rejected")
            return
        }

        #expect((1_000...1_500).contains(rejected.count))
        #expect(rejected.map(\.number) == (1...rejected.count).map { $0 })
        await server.stop()
    }

    @Test("nobody listens, nobody answers, and a redirect is not followed")
    func unreachable() async throws {
        // Where no other test listens: nobody takes the port when it is free.
        let gone = try ScriptedServer(host: "127.0.0.4") { _ in ServerResponse(204) }
        let url = gone.url
        await gone.stop()
        let silent = try ScriptedServer { _ in ServerResponse(200, body: .drop) }
        let moved = try ScriptedServer { _ in
            ServerResponse(307, headers: [("Location", "https://elsewhere.example/x?y")])
        }
        let batch = try batch("a v=1 1\n")

        let refused = try await InfluxDB(influxConfiguration(url)).deliver([batch], to: Bucket("b"))
        let dropped = try await InfluxDB(influxConfiguration(silent.url)).deliver([batch], to: Bucket("b"))
        let redirected = try await InfluxDB(influxConfiguration(moved.url)).deliver([batch], to: Bucket("b"))

        #expect(
            refused
                == .unavailable(
                    "cannot connect to \(url): connection refused: is the server running, and the address right?"))
        #expect(kind(of: dropped) == "unavailable")
        #expect(kind(of: redirected) == "unexpected 307")
        #expect(message(of: redirected).contains("redirects to https://elsewhere.example/x (status 307)"))
        await silent.stop()
        await moved.stop()
    }

    @Test("a delivery that takes too long, is cancelled, or whose client is closed may pass later")
    func ended() async throws {
        let server = try HTTPServer { _ in
            try? await Task.sleep(for: .seconds(60))
            return ServerResponse(204)
        }
        var configuration = influxConfiguration(server.baseURL)
        // Long enough for a busy machine to be connected by then.
        configuration.deadline = .seconds(2)
        let batch = try batch("a v=1 1\n")
        let late = try await InfluxDB(configuration).deliver([batch], to: Bucket("b"))
        configuration.deadline = .seconds(30)
        let influx = try InfluxDB(configuration)
        let task = Task { await influx.deliver([batch], to: Bucket("b")) }

        task.cancel()

        #expect(late == .unavailable("no complete answer from \(server.baseURL) within 2 s"))
        #expect(await task.value == .unavailable("the delivery was cancelled before an answer came"))
        influx.close()
        #expect(await influx.deliver([batch], to: Bucket("b")) == .unavailable("the HTTP client is closed"))
        await server.stop(grace: .zero)
    }

    @Test("a good check asks for the bucket and for one that cannot be there, and posts nothing")
    func check() async throws {
        let server = try ScriptedServer { seen in
            seen.target.contains("bucket=b&")
                ? ServerResponse(204) : .json(Array(#"{"message":"bucket \"x\" not found"}"#.utf8), status: 404)
        }
        let influx = try InfluxDB(influxConfiguration(server.url))

        #expect(await influx.check(Bucket("b")) == .acknowledged)

        #expect(server.requests.count == 2)
        for seen in server.requests {
            #expect(seen.body.isEmpty)
            #expect(seen.headers["content-encoding"] == nil)
            #expect(seen.headers["content-length"] == "0")
        }
        await server.stop()
    }

    @Test("a server that takes anything proves nothing")
    func unproved() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }
        let influx = try InfluxDB(influxConfiguration(server.url))

        let reply = await influx.check(Bucket("b"))

        #expect(kind(of: reply) == "unproved")
        #expect(message(of: reply).hasPrefix("\(server.url) is reachable"))
        await server.stop()
    }

    @Test(
        "a check says which part is wrong",
        arguments: [
            (401, "unauthorized access", "unauthorized"), (403, "insufficient permissions for write", "forbidden"),
            (404, "bucket not found", "no bucket"), (404, "organization name not found", "no organization"),
            (404, "path not found", "no path"), (503, "starting", "overloaded"), (500, "x", "failed"),
        ])
    func failedCheck(status: Int, text: String, expected: String) async throws {
        let server = try ScriptedServer { _ in .json(Array(#"{"message":"\#(text)"}"#.utf8), status: status) }
        let influx = try InfluxDB(influxConfiguration(server.url))

        #expect(kind(of: await influx.check(Bucket("b"))) == expected)
        #expect(server.requests.count == 1)
        await server.stop()
    }

    @Test("a check whose second question is not answered is not passed")
    func halfCheck() async throws {
        let server = try ScriptedServer { $0.target.contains("bucket=b&") ? ServerResponse(204) : ServerResponse(503) }
        let influx = try InfluxDB(influxConfiguration(server.url))

        #expect(kind(of: await influx.check(Bucket("b"))) == "overloaded")
        await server.stop()
    }

    @Test("a ping gives version and build, cleaned")
    func ping() async throws {
        let server = try ScriptedServer { seen in
            seen.target == "/x/ping"
                ? ServerResponse(204, headers: [("X-Influxdb-Version", "v2.7.12"), ("X-Influxdb-Build", "OSS")])
                : ServerResponse(404)
        }
        let influx = try InfluxDB(influxConfiguration(server.url + "/x"))
        let elsewhere = try InfluxDB(influxConfiguration(server.url))

        #expect(await influx.ping() == InfluxDB.Ping(reply: .acknowledged, version: "v2.7.12", build: "OSS"))
        #expect(kind(of: await elsewhere.ping().reply) == "no unknown")
        await server.stop()
    }
}
