import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import HTTPServer
import TestKit
import Testing

/// 2026-01-05T00:00:00Z, a Monday.
private let monday: Int64 = 1_767_571_200_000_000_000

@Suite("The fake of InfluxDB 2", .timeLimit(.minutes(2)))
struct FakeInfluxDB2Tests {
    @Test("a shard is a week from Monday on, and has types of its own")
    func weeks() async throws {
        let fake = try FakeInfluxDB2()

        #expect(try await write("m v=1i \(monday - 1)\nm v=1.5 \(monday)", fake).status == 204)
        let answer = try await write("m v=2i \(monday + 1)\nm w=1 \(monday + 2)", fake)

        #expect(answer.status == 422)
        #expect(answer.message.hasSuffix("\"m\" is type integer, already exists as type float dropped=1"))
        #expect(fake.points(in: "crypto_data").flatMap(\.fields.keys) == ["v", "v", "w"])
        // A query finds the type of the first week only.
        #expect(fake.readablePoints(in: "crypto_data").map(\.time) == [monday - 1, monday + 2])
        #expect(fake.readablePoints(in: "crypto_data", times: monday...Int64.max).map(\.time) == [monday, monday + 2])
        await fake.stop()
    }

    @Test("a refused point teaches the fields before the one that was refused")
    func learning() async throws {
        let fake = try FakeInfluxDB2()
        _ = try await write("m v=1 1", fake)

        #expect(try await write("m a=1,v=2i,b=1 2", fake).status == 422)

        #expect(
            try await write("m a=1i 3", fake).message.contains("input field \"a\" on measurement \"m\" is type integer")
        )
        #expect(try await write("m b=1i 3", fake).status == 204)
        await fake.stop()
    }

    @Test("of several shards that refuse points the earliest is told")
    func severalShards() async throws {
        let fake = try FakeInfluxDB2()
        let week: Int64 = 604_800_000_000_000
        _ = try await write("a v=1i \(monday)\nb v=1i \(monday + week)", fake)

        let answer = try await write("b v=\"s\" \(monday + week)\nb v=1 \(monday + week)\na v=1 \(monday)", fake)

        #expect(
            answer.message.hasSuffix("on measurement \"a\" is type float, already exists as type integer dropped=1"))
        await fake.stop()
    }

    @Test("tags in another order are the same series")
    func orderOfTags() async throws {
        let fake = try FakeInfluxDB2()

        _ = try await write("m,c=3,a=1,b=2 v=1 1\nm,b=2,c=3,a=1 w=2 1\nm,a=1,b=2,c=3 v=3 1", fake)

        let tags = ["a": "1", "b": "2", "c": "3"]
        let point = FakeInfluxDB2.StoredPoint(
            measurement: "m", tags: tags, fields: ["v": .float(3), "w": .float(2)], time: 1)
        #expect(fake.points(in: "crypto_data") == [point])
        #expect(fake.rawPoints(in: "crypto_data").first?.tags.map(\.name) == [[0x61], [0x62], [0x63]])
        await fake.stop()
    }

    @Test("a point at the bound of the retention is taken, one before it is not")
    func retention() async throws {
        let now = UTCTime(nanoseconds: monday)
        var configuration = FakeInfluxDB2.Configuration.standard
        configuration.now = { now }
        configuration.buckets = [.init("crypto_data", id: "00000000000000aa", retention: .seconds(5_400))]
        let fake = try FakeInfluxDB2(configuration)
        let bound = monday - 5_400_000_000_000

        let answer = try await write("m v=1 \(bound)\nm,t=a v=2 \(bound - 1)\nm v=3i \(bound - 2)", fake)
        // Another hour, another type.
        let other = try await write("m v=3i \(monday)", fake)

        #expect(answer.status == 422)
        #expect(
            answer.message == """
                failure writing points to database: partial write: dropped 2 points outside retention policy of \
                duration 1h30m0s - oldest point m at 2026-01-04T22:29:59.999999998Z dropped because it violates a \
                Retention Policy Lower Bound at 2026-01-04T22:30:00Z, newest point m,t=a at \
                2026-01-04T22:29:59.999999999Z dropped because it violates a Retention Policy Lower Bound at \
                2026-01-04T22:30:00Z dropped=2 for database: 00000000000000aa for retention policy: autogen
                """)
        #expect(other.status == 204)
        #expect(fake.points(in: "crypto_data").map(\.time) == [bound, monday])
        await fake.stop()
    }

    @Test("a body that is too long is 413, after unpacking")
    func tooLarge() async throws {
        var configuration = FakeInfluxDB2.Configuration.standard
        configuration.bodyBytesMax = 1_000
        let fake = try FakeInfluxDB2(configuration)
        let body = Array("m v=1 1".utf8) + [UInt8](repeating: 0x20, count: 993)
        var gzip = try Gzip()

        let last = try await write(gzip.compress(body), fake, encoding: "gzip")
        let refused = try await write(gzip.compress(body + [0x20]), fake, encoding: "gzip")

        #expect(last.status == 204)
        #expect(refused.status == 413)
        #expect(refused.answer.header("X-Platform-Error-Code") == "request too large")
        #expect(refused.message == "unable to read data: points batch is too large")
        await fake.stop()
    }

    @Test(
        "damaged gzip is told apart",
        arguments: [
            (Damage.oneByte, 500, "An internal error has occurred - check server logs"),
            (.laterHeader, 400, "unable to read data: gzip: invalid header"),
            (.laterHeaderCut, 500, "unable to read data: unexpected EOF"),
            (.trailerCut, 500, "unable to read data: unexpected EOF"),
            (.badBlock, 500, "unable to read data: flate: corrupt input before offset 1"),
            (.length, 400, "unable to read data: gzip: invalid checksum"),
        ])
    private func damaged(damage: Damage, status: Int, message: String) async throws {
        let fake = try FakeInfluxDB2()
        var gzip = try Gzip()

        let answer = try await write(
            damage.applied(to: gzip.compress(Array("m v=1 1\n".utf8))), fake, encoding: "gzip")

        #expect(answer.status == status)
        #expect(answer.message == message)
        #expect(fake.points(in: "crypto_data") == [])
        await fake.stop()
    }

    enum Damage {
        case oneByte, laterHeader, laterHeaderCut, trailerCut, badBlock, length

        func applied(to member: [UInt8]) -> [UInt8] {
            var damaged = member
            switch self {
            case .oneByte: return [0x1F]
            case .laterHeader: damaged += [UInt8](repeating: 7, count: 10)
            case .laterHeaderCut: damaged += member.prefix(9)
            case .trailerCut: damaged.removeLast()
            case .badBlock: damaged[10] = 7
            case .length: damaged[damaged.count - 1] = 1
            }
            return damaged
        }
    }

    @Test(
        "the 1.x way of writing knows who asks",
        arguments: [
            ("Token \(FakeInfluxDB2.writeToken)", "", 204), ("Token anybody:\(FakeInfluxDB2.writeToken)", "", 204),
            // anybody:write-token-of-the-fake
            ("Basic YW55Ym9keTp3cml0ZS10b2tlbi1vZi10aGUtZmFrZQ==", "", 204), ("Basic YW55Ym9keTp4", "", 401),
            ("Bearer \(FakeInfluxDB2.writeToken)", "", 401), ("token \(FakeInfluxDB2.writeToken)", "", 401),
            ("", "&u=a&p=\(FakeInfluxDB2.writeToken)", 204), ("", "&u=&p=\(FakeInfluxDB2.writeToken)", 401),
            ("", "", 401), ("Token \(FakeInfluxDB2.readToken)", "", 403),
            ("Token \(FakeInfluxDB2.writeToken)", "&rp=autogen", 204),
            ("Token \(FakeInfluxDB2.writeToken)", "&rp=other", 404),
        ])
    func version1(authorization: String, query: String, status: Int) async throws {
        let fake = try FakeInfluxDB2()
        var request = RawRequest("POST", fake.url + "/write?db=crypto_data\(query)")
        request.headers = authorization.isEmpty ? [] : [("Authorization", authorization)]
        request.body = Array("m v=1 1".utf8)

        #expect(try await request.send().status == status)
        await fake.stop()
    }

    @Test("a test can answer in place of the fake, and see what came")
    func interception() async throws {
        let fake = try FakeInfluxDB2()
        fake.intercept = { request, number in
            switch number {
            case 1: ServerResponse(503, headers: [("Retry-After", "7")])
            case 2: ServerResponse(200, body: .drop)
            default: nil
            }
        }

        let busy = try await write("m v=1 1", fake)
        await #expect(throws: (any Error).self) { try await write("m v=1 1", fake) }
        let taken = try await write("m v=1 1", fake)

        #expect(busy.status == 503)
        #expect(busy.answer.header("Retry-After") == "7")
        #expect(taken.status == 204)
        #expect(fake.requests.map(\.status) == [503, 0, 204])
        #expect(fake.requests.last?.body == Array("m v=1 1".utf8))
        #expect(fake.requests.last?.target == "/api/v2/write?org=market&bucket=crypto_data&precision=ns")
        await fake.stop()
    }

    @Test("a registered text is answered from the points, and no other text")
    func queries() async throws {
        let fake = try FakeInfluxDB2()
        let flux = "from(bucket: \"crypto_data\")\n    |> count()"
        fake.register(flux: flux) { points in
            [FakeInfluxDB2.Table(columns: [.init("_value", .long)], rows: [[.long(Int64(points.count))]])]
        }
        fake.register(flux: "late") { _ in [.error("no more rows")] }
        fake.register(flux: "early", status: 500, code: "internal error", message: "panic: no")
        _ = try await write("m v=1 1\nm v=2 2", fake)

        let counted = try await fakeQuery(flux, fake, token: FakeInfluxDB2.readToken)
        let other = try await fakeQuery(flux + " ", fake, token: FakeInfluxDB2.readToken)
        let late = try await fakeQuery("late", fake, token: FakeInfluxDB2.readToken)
        let early = try await fakeQuery("early", fake, token: FakeInfluxDB2.readToken)
        let unreadable = try await fakeQuery(flux, fake, token: FakeInfluxDB2.writeToken)

        let head =
            "#datatype,string,long,long\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n"
        #expect(counted.text == head + ",,0,2\r\n\r\n")
        #expect(counted.header("Content-Type") == "text/csv; charset=utf-8")
        #expect(other.status == 400)
        #expect(other.header("X-Platform-Error-Code") == "invalid")
        #expect(late.text.hasSuffix(",error,reference\r\n,no more rows,\r\n"))
        #expect((early.status, early.text) == (500, #"{"code":"internal error","message":"panic: no"}"#))
        #expect(unreadable.status == 404)
        await fake.stop()
    }

    @Test("a query sent as Flux alone is answered without annotations")
    func plainQuery() async throws {
        let fake = try FakeInfluxDB2()
        fake.register(flux: "x") { _ in
            [
                .init(
                    columns: [.init("a", .string, isInGroupKey: true), .init("b", .double)],
                    rows: [[.string("x,\"y"), .null]])
            ]
        }
        var request = RawRequest("POST", fake.url + "/api/v2/query?orgID=94448bf527b570fd")
        request.headers = [
            ("Authorization", "Token \(FakeInfluxDB2.operatorToken)"), ("Content-Type", "application/vnd.flux"),
        ]
        request.body = Array("x".utf8)

        let answer = try await request.send()
        #expect(answer.text == ",result,table,a,b\r\n,_result,0,\"x,\"\"y\",\r\n\r\n")
        await fake.stop()
    }
}

/// An answer to a write, with its sentence.
struct WriteAnswer {
    let answer: RawAnswer
    var status: Int { answer.status }
    /// Empty where there is none.
    let message: String

    init(_ answer: RawAnswer) throws {
        self.answer = answer
        message = answer.body.isEmpty ? "" : try JSONCursor(answer.body).member("message")?.string() ?? ""
    }
}

func write(_ lines: String, _ fake: FakeInfluxDB2, precision: String = "ns") async throws -> WriteAnswer {
    try await write(Array(lines.utf8), fake, precision: precision)
}

func write(
    _ body: [UInt8], _ fake: FakeInfluxDB2, precision: String = "ns", encoding: String? = nil
) async throws -> WriteAnswer {
    var request = RawRequest(
        "POST", fake.url + "/api/v2/write?org=market&bucket=crypto_data&precision=\(precision)")
    request.headers = [("Authorization", "Token \(FakeInfluxDB2.writeToken)")]
    if let encoding { request.headers.append(("Content-Encoding", encoding)) }
    request.body = body
    return try WriteAnswer(await request.send())
}
