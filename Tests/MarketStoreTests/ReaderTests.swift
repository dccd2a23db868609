import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Reading the store")
struct ReaderTests {
    private func withReader(_ lines: String..., body: (StoreReader) throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = try openStore(folder + "/coinline.sqlite")
            let text = lines.map { $0 + "\n" }.joined()
            #expect(await store.deliver([try batch(bytes: Array(text.utf8))], to: testBucket) == .acknowledged)
            try body(StoreReader(path: folder + "/coinline.sqlite"))
        }
    }

    private func milliseconds(_ value: Int64) -> Timestamp { Timestamp(nanoseconds: value * 1_000_000) }

    @Test("summaries count points and series and know the first and the last time")
    func summaries() async throws {
        try await withReader("b,c=A x=1 5", "b,c=B x=1 5", "b,c=A x=1 9", "b x=1 2", "a x=1 -3", "a x=1 4") {
            reader throws in
            #expect(
                try reader.summaries() == [
                    MeasurementSummary(
                        measurement: "a", points: 2, series: 1, first: milliseconds(-3), last: milliseconds(4)),
                    MeasurementSummary(
                        measurement: "b", points: 4, series: 3, first: milliseconds(2), last: milliseconds(9)),
                ])
            #expect(try reader.pointCount(since: milliseconds(5)) == 3)
            #expect(try reader.pointCount(since: milliseconds(4), of: "a") == 1)
            #expect(try reader.pointCount(since: milliseconds(0), of: "none") == 0)
        }
    }

    @Test("activity is of a stretch of time, its first moment inside and its last outside, without silent measurements")
    func activity() async throws {
        try await withReader("b,c=A x=1 5", "b,c=B x=1 5", "b,c=A x=1 9", "b x=1 2", "a x=1 4", "a x=1 9", "A x=1 8") {
            reader throws in
            #expect(
                try reader.activity(from: milliseconds(4), before: milliseconds(9)) == [
                    MeasurementActivity(measurement: "A", points: 1, newest: milliseconds(8)),
                    MeasurementActivity(measurement: "a", points: 1, newest: milliseconds(4)),
                    MeasurementActivity(measurement: "b", points: 2, newest: milliseconds(5)),
                ])
            #expect(try reader.activity(from: milliseconds(10), before: milliseconds(20)).isEmpty)
        }
    }

    @Test("the newest row of every series, chosen columns, ordered by one of them, absent ones last")
    func newestRows() async throws {
        try await withReader(
            "m,code=A rank=3i,rate=1 1", "m,code=A rank=2i,rate=1.5 2", "m,code=B rank=1i,rate=9 1",
            "m,code=C rate=7 3", "m,code=D rank=10i 1"
        ) { reader throws in
            var query = StoreRowQuery()
            query.selection = .newestOfEachSeries
            query.columns = ["code", "rank", "rate", "time"]
            query.orderedBy = "rank"
            query.isDescending = false

            let table = try reader.rows(of: "m", query)

            #expect(table.columns == ["code", "rank", "rate", "time"])
            #expect(
                table.rows.map { $0.map(\.text) } == [
                    ["B", "1", "9", "1000000"], ["A", "2", "1.5", "2000000"], ["D", "10", "", "1000000"],
                    ["C", "", "7", "3000000"],
                ])
            #expect(table.rows[1] == [.tag("A"), .field(.integer(2)), .field(.float(1.5)), .time(milliseconds(2))])

            query.isDescending = true
            query.limit = 2
            #expect(try reader.rows(of: "m", query).rows.map { $0[0].text } == ["D", "A"])
        }
    }

    @Test("all rows, newest first, with every column unless some are chosen")
    func allRows() async throws {
        try await withReader("m,a=1 x=t 1", "m y=\"s\" 2", "m z=18446744073709551615u,u=5u 3") { reader throws in
            let table = try reader.rows(of: "m")
            #expect(table.columns == ["time", "a", "x", "y", "z", "u"])
            #expect(
                table.rows == [
                    [.time(milliseconds(3)), .absent, .absent, .absent, .field(.unsigned(.max)), .field(.unsigned(5))],
                    [.time(milliseconds(2)), .absent, .absent, .field(.string("s")), .absent, .absent],
                    [.time(milliseconds(1)), .tag("1"), .field(.boolean(true)), .absent, .absent, .absent],
                ])
            var query = StoreRowQuery()
            query.limit = 0
            #expect(try reader.rows(of: "m", query).rows.isEmpty)
        }
    }

    @Test("a measurement without tags is one series, and a field called like a tag or time wins over it")
    func oneSeries() async throws {
        try await withReader("m x=1,time=7 1", "m x=2,time=8 2", "n,x=tag x=5 1") { reader throws in
            var query = StoreRowQuery()
            query.selection = .newestOfEachSeries
            query.columns = ["x", "time"]
            #expect(try reader.rows(of: "m", query).rows == [[.field(.float(2)), .field(.float(8))]])
            query.columns = ["x"]
            query.orderedBy = "x"
            #expect(try reader.rows(of: "n", query).rows == [[.field(.float(5))]])
        }
    }

    @Test("a measurement or column that is not there is named")
    func unknown() async throws {
        try await withReader("m x=1 1") { reader throws in
            let path = reader.path
            var query = StoreRowQuery()
            query.columns = ["y"]
            #expect(throws: StoreError(path: path, reason: .unknownColumn("y", measurement: "m"))) {
                try reader.rows(of: "m", query)
            }
            #expect(throws: StoreError(path: path, reason: .unknownMeasurement("M"))) { try reader.points(of: "M") }
        }
    }

    @Test("points are handed out one by one from a time on")
    func streaming() async throws {
        try await withReader("m x=1 1", "m x=2 2", "m x=3 3") { reader throws in
            var seen: [Point] = []
            try reader.forEachPoint(of: "m", since: milliseconds(2)) { seen.append($0) }
            #expect(seen.map(\.fields) == [[Field("x", .float(2))], [Field("x", .float(3))]])
        }
    }
}
