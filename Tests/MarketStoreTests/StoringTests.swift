import CoinlineBase
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Storing")
struct StoringTests {
    @Test("points of every type are acknowledged and read back as they were")
    func allTypes() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            let reply = try await store.deliver(
                lines:
                    #"m,code=BTC,name=Bit\ coin f=1.5,z=-0,i=-7i,u=18446744073709551615u,s="a\"b",t=t 1760000000000"#,
                #"m,code=ETH f=1e-12,i=9223372036854775807i,u=9223372036854775807u,s="",t=f 1760000000000"#)

            #expect(reply == .acknowledged)
            let points = try StoreReader(path: path).points(of: "m")
            let time = Timestamp(nanoseconds: 1_760_000_000_000_000_000)
            #expect(
                points == [
                    Point(
                        measurement: "m", tags: [Tag("code", "BTC"), Tag("name", "Bit coin")],
                        fields: [
                            Field("f", .float(1.5)), Field("z", .float(-0.0)), Field("i", .integer(-7)),
                            Field("u", .unsigned(.max)), Field("s", .string("a\"b")), Field("t", .boolean(true)),
                        ], time: time),
                    Point(
                        measurement: "m", tags: [Tag("code", "ETH")],
                        fields: [
                            Field("f", .float(1e-12)), Field("i", .integer(.max)),
                            Field("u", .unsigned(9_223_372_036_854_775_807)), Field("s", .string("")),
                            Field("t", .boolean(false)),
                        ], time: time),
                ])
            guard case .float(let zero)? = points[0].fields.first(where: { $0.key == "z" })?.value else {
                Issue.record("no field z")
                return
            }
            #expect(zero.sign == .minus)
        }
    }

    @Test("a point of a series and time that are there merges its fields, and the last value wins")
    func merging() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            _ = try await store.deliver(lines: "m,c=A x=1,y=1 1", "m,c=B x=5 1", "m,c=A x=9 2")
            _ = try await store.deliver(lines: "m,c=A y=2,z=3 1", "m,c=A z=4 1")

            let reader = try StoreReader(path: path)
            #expect(
                try reader.points(of: "m").map(\.fields) == [
                    [Field("x", .float(1)), Field("y", .float(2)), Field("z", .float(4))],
                    [Field("x", .float(5))], [Field("x", .float(9))],
                ])
            #expect(try reader.summaries().map(\.points) == [3])
        }
    }

    @Test("a repeated delivery changes nothing")
    func repeating() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let delivery = [try batch("m,c=A x=1 1", "m x=2 1", "n y=3i 1")]

            let replies = [
                await store.deliver(delivery, to: testBucket), await store.deliver(delivery, to: testBucket),
            ]

            #expect(replies == [.acknowledged, .acknowledged])
            #expect(try StoreReader(path: path).summaries().map(\.points) == [2, 1])
        }
    }

    @Test(
        "a tag that appears later makes new series and keeps the old ones, in the same table and in other lines' order")
    func laterTags() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            _ = try await store.deliver(lines: "m x=1 1", "m,b=1 x=2 1", "m,a=1,b=1 x=3 1", "m,b=1,a=1 x=4 1")
            _ = try await store.deliver(lines: "m x=5 1", "m,a=1 x=6 1", "m,b=1 y=1 1", "m,a=1,b=1,c=1 x=7 1")

            let points = try StoreReader(path: path).points(of: "m")
            let tags = points.map { $0.tags.map { $0.key + $0.value }.joined() }
            #expect(Set(tags) == ["", "b1", "a1b1", "a1", "a1b1c1"])
            #expect(tags.count == 5)
            #expect(points.first { $0.tags.isEmpty }?.fields == [Field("x", .float(5))])
            #expect(
                points.first { $0.tags == [Tag("b", "1")] }?.fields == [Field("x", .float(2)), Field("y", .float(1))])
            #expect(try StoreReader(path: path).summaries().map(\.series) == [5])
            let indexes = try rows(path, "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'm'")
            #expect(indexes == [["m~series"]])
        }
    }

    @Test("a line of another type is refused whole, with its number and the reason, and the others are stored")
    func typeConflict() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            _ = try await store.deliver(lines: "m x=1,n=1i 1")

            let reply = try await store.deliver(
                lines: "m x=2 2", "m x=3i,fresh=1 3", "m n=4u 4", #"m n="5" 5"#, "m x=6,late=1 6", "m late=7i 7")

            #expect(reply.isPartial)
            #expect(reply.refused.map(\.number) == [2, 3, 4, 6])
            #expect(reply.refused.map(\.line) == ["m x=3i,fresh=1 3", "m n=4u 4", #"m n="5" 5"#, "m late=7i 7"])
            #expect(
                reply.refused.first?.reason
                    == #"field type conflict: "x" of "m" is integer here and float in the store"#)
            let points = try StoreReader(path: path).points(of: "m")
            #expect(points.map { $0.time?.value(in: .milliseconds) } == [1, 2, 6])
            #expect(!points.contains { $0.fields.contains { $0.key == "fresh" } })
        }
    }

    @Test("lines that are not line protocol are refused and the rest is stored")
    func unparsable() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            let reply = try await store.deliver(
                lines: "m x=1 1", "nonsense", "# comment", "m x=oops 2", "", "m x=3 3", "m,=1 x=1 4")

            #expect(reply.isPartial)
            #expect(reply.refused.map(\.number) == [2, 4, 7])
            #expect(reply.refused.map(\.line) == ["nonsense", "m x=oops 2", "m,=1 x=1 4"])
            #expect(reply.refused.allSatisfy { !$0.reason.isEmpty })
            #expect(try StoreReader(path: path).pointCount(since: Timestamp(nanoseconds: .min)) == 2)
        }
    }

    @Test("lines are numbered through all batches of a delivery")
    func numbering() async throws {
        try await withTemporaryFolder { folder in
            let store = try openStore(folder + "/coinline.sqlite")

            let reply = await store.deliver(
                [try batch("m x=1 1", "bad"), try batch("m x=2 2"), try batch("worse", "m x=3 3")], to: testBucket)

            #expect(reply.refused.map(\.number) == [2, 4])
            #expect(reply.refused.map(\.line) == ["bad", "worse"])
        }
    }

    @Test("a delivery of which no line can be stored is rejected")
    func allRefused() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            let reply = try await store.deliver(lines: "bad", "worse")

            #expect(reply.isRejected)
            #expect(reply.refused.map(\.number) == [1, 2])
            #expect(try StoreReader(path: path).summaries().isEmpty)
        }
    }

    @Test("a long line is shown by its beginning only")
    func longLine() async throws {
        try await withTemporaryFolder { folder in
            let store = try openStore(folder + "/coinline.sqlite")

            let reply = try await store.deliver(lines: "bad," + String(repeating: "x", count: 5_000))

            #expect(reply.refused.map { $0.line.utf8.count } == [203])
        }
    }

    @Test("a line without a time gets the time of receipt")
    func receiptTime() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path, now: UTCTime(nanoseconds: 1_760_000_000_123_456_789))

            #expect(try await store.deliver(lines: "m x=1") == .acknowledged)

            let points = try StoreReader(path: path).points(of: "m")
            #expect(points.map(\.time?.nanoseconds) == [1_760_000_000_123_456_789])
        }
    }

    @Test(
        "times are read in the precision of the batch's name, before 1970 too",
        arguments: zip(Precision.allCases, [-7, -7_000, -7_000_000, -7_000_000_000 as Int64]))
    func precision(precision: Precision, expected: Int64) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            let reply = await store.deliver([try batch("m x=1 -7", precision: precision)], to: testBucket)

            #expect(reply == .acknowledged)
            #expect(try StoreReader(path: path).points(of: "m").map(\.time?.nanoseconds) == [expected])
        }
    }

    @Test("a repeated field or tag refuses the line, in a new table and in an old one")
    func doubles() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            let reply = try await store.deliver(
                lines: "m x=1,x=2 1", "m,a=1,a=1 x=1 1", "m,a=1 x=1 1", "m x=1,x=2 1", "m,a=1,a=1 x=1 1")

            #expect(reply.refused.map(\.number) == [1, 2, 4, 5])
            #expect(try StoreReader(path: path).points(of: "m").count == 1)
        }
    }

    @Test("a batch that cannot be unpacked is rejected and nothing of the delivery is stored")
    func damagedBatch() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let good = try batch("m x=1 1")
            var bytes = good.body
            bytes[bytes.count / 2] ^= 0xFF

            let damaged = await store.deliver([good, BatchFile(name: good.name, body: bytes)], to: testBucket)
            let truncated = await store.deliver(
                [good, BatchFile(name: good.name, body: good.body.dropLast(3))], to: testBucket)

            #expect(damaged.isRejected && truncated.isRejected)
            #expect(try StoreReader(path: path).summaries().isEmpty)
            #expect(await store.deliver([good], to: testBucket) == .acknowledged)
        }
    }

    @Test("a batch may be several gzip members, and an empty delivery is fine")
    func members() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let joined = try batch("m x=1 1").body + batch("m x=2 2").body

            let reply = await store.deliver([try BatchFile(name: batch("m x=1").name, body: joined)], to: testBucket)

            #expect(reply == .acknowledged)
            #expect(try StoreReader(path: path).points(of: "m").count == 2)
            #expect(await store.deliver([], to: testBucket) == .acknowledged)
        }
    }

    @Test("a check is acknowledged and stores nothing")
    func checking() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            #expect(await store.check(testBucket) == .acknowledged)
            #expect(await store.check(testBucket) == .acknowledged)
            #expect(try await store.deliver(lines: "m x=1 1") == .acknowledged)
            #expect(try StoreReader(path: path).points(of: "m").count == 1)
        }
    }

    @Test("a closed store says so, and closing twice is fine")
    func closing() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            _ = try await store.deliver(lines: "m x=1 1")

            await store.close()
            await store.close()

            #expect(try await store.deliver(lines: "m x=2 2").unavailableText?.contains("is closed") == true)
            #expect(await store.check(testBucket).unavailableText?.contains("is closed") == true)
            #expect(throws: StoreError(path: path, reason: .closed)) { try store.origin() }
            #expect(try StoreReader(path: path).points(of: "m").count == 1)
        }
    }

    @Test("many tasks deliver at once, and every point is stored")
    func manyTasks() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            await withTaskGroup(of: Reply?.self) { group in
                for task in 0..<40 {
                    group.addTask { try? await store.deliver(lines: "m,t=\(task) x=1,f\(task % 7)=2 1") }
                }
                for await reply in group { #expect(reply == .acknowledged) }
            }

            #expect(try StoreReader(path: path).points(of: "m").count == 40)
        }
    }
}
