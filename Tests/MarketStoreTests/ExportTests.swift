import CoinlineBase
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Reading a store out whole")
struct ExportTests {
    private func withStore(_ lines: String..., body: (String, EmbeddedStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let text = lines.map { $0 + "\n" }.joined()
            #expect(await store.deliver([try batch(bytes: Array(text.utf8))], to: testBucket) == .acknowledged)
            try await body(path, store)
        }
    }

    private func all(_ path: String, _ selection: StoreExport.Selection = .init()) throws -> [StoredRow] {
        var rows: [StoredRow] = []
        try StoreExport(path: path, selection).forEachRow {
            rows.append($0)
            return true
        }
        return rows
    }

    private func lines(_ path: String, _ selection: StoreExport.Selection = .init()) throws -> String {
        var encoder = LineEncoder(precision: .milliseconds)
        for row in try all(path, selection) {
            if case .point(let point) = row { try encoder.append(point) }
        }
        return String(decoding: encoder.copyBytes(), as: UTF8.self)
    }

    private func change(_ path: String, _ sql: String) throws {
        try Database(path: path, access: .readWrite).execute(sql)
    }

    @Test("measurements come by name, points by time, tags by name, and a part of them where one is asked for")
    func order() async throws {
        try await withStore("b,z=1,a=2 v=1 5", "b,a=2 v=2 3", "B v=1 4", "a w=t 9", "a w=f -9") { path, _ throws in
            #expect(
                try lines(path) == "B v=1 4\na w=f -9\na w=t 9\nb,a=2 v=2 3\nb,a=2,z=1 v=1 5\n")
            guard case .point(let last)? = try all(path).last else { return #expect(Bool(false)) }
            #expect(last.tags == [Tag("a", "2"), Tag("z", "1")])
            var selection = StoreExport.Selection()
            selection.measurements = ["b", "a", "b"]
            selection.since = Timestamp(nanoseconds: 3_000_000)
            selection.until = Timestamp(nanoseconds: 9_000_000)
            #expect(try lines(path, selection) == "b,a=2 v=2 3\nb,a=2,z=1 v=1 5\n")
            selection.measurements = ["c"]
            #expect(throws: StoreError(path: path, reason: .unknownMeasurement("c"))) { try all(path, selection) }
        }
    }

    @Test("the same points come out the same in whatever order they came: rows by time and tags, fields by name")
    func sameBytes() async throws {
        let lines = ["m,z=1 b=1,a=2,B=3 5", "m,a=1,z=1 c=1 5", "m,a=1 a=1 5", "m,b=1 a=1 5", "n v=1 5"]
        var found: Set<String> = []
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 3, 1]] {
            try await withTemporaryFolder { folder in
                let store = try openStore(folder + "/coinline.sqlite")
                for index in order { #expect(try await store.deliver(lines: lines[index]) == .acknowledged) }
                found.insert(try self.lines(folder + "/coinline.sqlite"))
            }
        }

        #expect(found == ["m,z=1 B=3,a=2,b=1 5\nm,b=1 a=1 5\nm,a=1 a=1 5\nm,a=1,z=1 c=1 5\nn v=1 5\n"])
    }

    @Test("rows are read in the order of the index, so that nothing is sorted in memory")
    func streaming() async throws {
        try await withStore("m,b=1,a=2 v=1 5") { path, _ throws in
            var selection = StoreExport.Selection()
            selection.until = Timestamp(nanoseconds: testNow.nanoseconds)
            let export = try StoreExport(path: path, selection)
            let sql = export.sql([#""time""#, #""v""#], of: try #require(export.tables.first))
            let plan = try rows(path, "EXPLAIN QUERY PLAN " + sql)
            #expect(!plan.isEmpty)
            // Only what is of one time is sorted, and only where the tags came in another order than their names.
            let sorted = plan.map { $0.joined() }.filter { $0.contains("TEMP B-TREE") }
            #expect(sorted.allSatisfy { $0.contains("RIGHT PART") || $0.contains("LAST") }, "\(plan)")
        }
    }

    @Test("the first time that a unit would cut is found, and none where all are whole")
    func finer() async throws {
        try await withStore("m v=1 5", "n v=1 5") { path, store throws in
            let export = try StoreExport(path: path)
            for precision in [Precision.nanoseconds, .microseconds, .milliseconds] {
                #expect(try export.firstPoint(finerThan: precision) == nil)
            }
            #expect(try export.firstPoint(finerThan: .seconds)?.measurement == "m")
            let point = Point(
                measurement: "n", fields: [Field("v", .float(2))], time: Timestamp(nanoseconds: -1_000_001))
            #expect(await store.deliver([try batch(of: [point])], to: testBucket) == .acknowledged)

            // The state of the moment in which it was made.
            #expect(try export.firstPoint(finerThan: .microseconds) == nil)
            let found = try #require(try StoreExport(path: path).firstPoint(finerThan: .milliseconds))
            #expect(found.measurement == "n" && found.time.nanoseconds == -1_000_001)
        }
    }

    @Test("one moment of a store is read, whatever is written meanwhile")
    func snapshot() async throws {
        try await withStore("m v=1 1", "m v=2 2", "n v=1 1") { path, store throws in
            let export = try StoreExport(path: path)
            var count = 0
            #expect(try await store.deliver(lines: "m v=3 3", "n v=2 2", "o v=1 1") == .acknowledged)
            try export.forEachRow { _ in
                count += 1
                return true
            }

            #expect(count == 3)
            #expect(try all(path).count == 6)
        }
    }

    @Test(
        "what another program wrote and is no value of its column is told with its place, and is not changed into one",
        arguments: [
            ("f = 'x'", "f", "holds a text that is no float"),
            ("f = 9e999", "f", "holds a real number that is no float"),
            ("f = 9007199254740993", "f", "holds an integer that is no float"),
            ("i = 1.5", "i", "holds a real number that is no integer"),
            ("i = x'00'", "i", "holds a blob that is no integer"),
            ("u = -1", "u", "holds an integer that is no unsigned"),
            ("u = '1'", "u", "holds a text that is no unsigned"),
            ("u = '18446744073709551616'", "u", "holds a text that is no unsigned"),
            ("b = 2", "b", "holds an integer that is no boolean"),
            ("s = 1", "s", "holds an integer where a string belongs"),
            ("s = CAST(x'61ff' AS TEXT)", "s", "holds bytes that are not UTF-8"),
            ("\"K~2\" = 5", "K~2", "holds an integer where a tag's text belongs"),
            ("time = 'soon'", "time", "holds a text where an integer belongs"),
        ])
    func foreignValues(change sql: String, column: String, reason: String) async throws {
        try await withStore("m,k=1,K=2 f=1,i=1i,u=1u,b=t,s=\"x\" 1", "m,k=1,K=3 f=2 2") { path, _ throws in
            try change(path, "UPDATE m SET \(sql) WHERE \"K~2\" = '2'")

            let found = try all(path)
            let problems = found.compactMap { row in
                if case .unreadable(let problem) = row { problem } else { nil }
            }
            #expect(problems.count == 1 && found.count == 2)
            #expect(problems.first?.column == column && problems.first?.reason == reason, "\(problems)")
            #expect(
                problems.first?.description.contains("\"m\", time \(column == "time" ? "soon" : "1000000")") == true)
        }
    }

    @Test("whole numbers written by hand into a float's column are floats, and what is NULL is absent")
    func handWritten() async throws {
        try await withStore("m,k=1 f=1.5,i=1i 1") { path, _ throws in
            try change(path, "UPDATE m SET f = 5, i = NULL")
            #expect(try lines(path) == "m,k=1 f=5 1\n")
        }
    }

    @Test("what no line can hold is told with the column's name in the file")
    func unwritable() async throws {
        try await withStore("m,k=1,K=2 f=1 1") { path, _ throws in
            try change(path, "UPDATE m SET \"K~2\" = 'a' || char(10)")
            let export = try StoreExport(path: path)
            var problem: StoredRowProblem?
            try export.forEachRow { row in
                guard case .point(let point) = row else { return false }
                var encoder = LineEncoder(precision: .milliseconds)
                do throws(LineEncodingError) { try encoder.append(point) } catch {
                    problem = export.problem(with: point, error)
                }
                return true
            }

            #expect(problem?.column == "K~2" && problem?.time == "1000000")
            #expect(problem?.reason == "value of tag \"K\": holds the control byte 0x0A")
        }
    }
}
