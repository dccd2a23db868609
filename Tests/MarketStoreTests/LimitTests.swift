import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Limits of the store")
struct LimitTests {
    @Test("a table has 2,000 columns; the line that needs one more is refused and the others are stored")
    func columns() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let fields = { (range: Range<Int>) in range.map { "f\($0)=\($0)" }.joined(separator: ",") }

            let wide = try await store.deliver(lines: "m,t=1 " + fields(0..<1_998) + " 1")
            let tooWide = try await store.deliver(
                lines: "m,t=1 f0=1 2", "m,t=1 f1998=1 2", "m,t=1,u=1 f0=1 2", "n " + fields(0..<2_000) + " 2",
                "m,t=1 f5=1 3")

            #expect(wide == .acknowledged)
            #expect(tooWide.isPartial)
            #expect(tooWide.refused.map(\.number) == [2, 3, 4])
            #expect(tooWide.refused.first?.reason == #""m" would have 2001 columns, a table takes 2000"#)
            let points = try StoreReader(path: path).points(of: "m")
            #expect(points.map(\.fields.count) == [1_998, 1, 1])
            #expect(try StoreReader(path: path).summaries().map(\.measurement) == ["m"])
        }
    }

    @Test("so many measurements and no more")
    func measurements() {
        var schema = StoreSchema(columnsMax: 2_000)
        let point = { (number: Int) in Point(measurement: "m\(number)", fields: [Field("x", .float(1))]) }
        for number in 0..<StoreLimit.measurementsMax {
            guard case .adds(let additions) = schema.additions(for: point(number)) else {
                Issue.record("measurement \(number) was refused")
                return
            }
            schema.apply(additions)
        }

        guard case .refused(let reason) = schema.additions(for: point(-1)) else {
            Issue.record("one too many was taken")
            return
        }
        #expect(reason.contains("\(StoreLimit.measurementsMax)"))
        #expect(schema.additions(for: point(17)) != .refused(reason))
    }

    @Test("a batch that grows beyond its bound is too large")
    func batchSize() async throws {
        try await withTemporaryFolder { folder in
            let store = try openStore(folder + "/coinline.sqlite")
            let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: StoreLimit.batchBytesMax + 1)

            let reply = await store.deliver([try batch(bytes: bytes)], to: testBucket)

            guard case .tooLarge = reply else {
                Issue.record("\(reply)")
                return
            }
        }
    }

    @Test("a delivery with too many refused lines is rejected as a whole")
    func refusedLines() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let text = "m x=1 1\n" + String(repeating: "x\n", count: StoreLimit.refusedLinesMax)

            let reply = await store.deliver([try batch(bytes: Array(text.utf8))], to: testBucket)

            #expect(reply.isRejected && reply.refused.isEmpty)
            #expect(try StoreReader(path: path).summaries().isEmpty)
        }
    }

    @Test("a statement too long for SQLite refuses its line and nothing else")
    func statementLength() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let session = try StoreSession(path: path, retention: nil) { testNow }
            session.database.limitStatementBytes(20_000)
            let long = String(repeating: "x", count: 30_000)

            let reply = session.deliver([
                try batch("m x=1 1", "m \(long)=1 2", "\(long) x=1 2", "m,\(long)=1 x=2 3", "m y=3 3")
            ])

            #expect(reply.isPartial)
            #expect(reply.refused.map(\.number) == [2, 3, 4])
            #expect(reply.refused.allSatisfy { $0.reason.contains("SQLite") })
            #expect(try StoreReader(path: path).summaries().map(\.points) == [2])
            #expect(try rows(path, "SELECT count(*) FROM _columns") == [["4"]])
        }
    }

    @Test("the prepared statements stay few however many sets of columns come")
    func statements() async throws {
        try await withTemporaryFolder { folder in
            let session = try StoreSession(path: folder + "/coinline.sqlite", retention: nil) { testNow }
            let lines = (0..<1_000).map { number in
                "m " + (0..<10).filter { number >> $0 & 1 == 1 }.map { "f\($0)=1," }.joined() + "g=1 \(number)"
            }

            let reply = session.deliver([try batch(bytes: Array(lines.joined(separator: "\n").utf8))])

            #expect(reply == .acknowledged)
            #expect(session.statements.count <= StoreLimit.statementsMax)
            #expect(session.statements.count > 10)
        }
    }

    @Test("a line with very many fields and a long series key is stored")
    func bigLine() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let value = String(repeating: "v", count: 60_000)
            let text = String(repeating: "s", count: 1_000_000)

            let reply = try await store.deliver(lines: "m,t=\(value) s=\"\(text)\" 1")

            #expect(reply == .acknowledged)
            let point = try #require(try StoreReader(path: path).points(of: "m").first)
            #expect(point.tags == [Tag("t", value)] && point.fields == [Field("s", .string(text))])
        }
    }
}
