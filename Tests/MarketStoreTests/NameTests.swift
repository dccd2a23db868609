import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Names")
struct NameTests {
    static let hostile = [
        "select", "table", "order", "group", "index", "where", "null", "rowid", "oid", "_rowid_", "time", "Time",
        "TIME",
        "_meta", "_Meta", "_columns", "_COLUMNS", "sqlite_master", "SQLite_stat1", "sqlite_", "~sqlite_",
        "sqlite_sequence",
        "a\"b", "a'b", "a`b", "[a]", "a;DROP TABLE _meta", "--", "/*", "a\\b", "a.b", "a b", "a,b", "a=b", "%s%n", "?",
        "?1",
        ":a", "@a", "$a", "é", "e\u{301}", "É", "😀", "\u{200F}אב", "x", "X", "x~2", "X~2", "x~2~2", "main", "temp",
        "json_each",
        "pragma_table_info", "max", "count(*)", "excluded", "m~series", "M~series", " lead", "trail ", "0", "''",
        "\"\"",
        String(repeating: "n", count: 3_000),
    ]

    @Test("every hostile name survives as measurement, as tag and as field")
    func hostileNames() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let expected = Self.hostile.map { name in
                Point(
                    measurement: name, tags: [Tag(name, name), Tag("plain", "1")],
                    fields: [Field(name, .string(name)), Field("v", .integer(1))], time: Timestamp(nanoseconds: 5))
            }

            let text = expected.map { line($0) }.joined(separator: "\n") + "\n"
            let reply = await store.deliver(
                [try batch(bytes: Array(text.utf8), precision: .nanoseconds)], to: testBucket)
            // Again, as merges into rows that are there, by a process that reads the names from the file.
            await store.close()
            let again = try openStore(path)
            let second = await again.deliver(
                [try batch(bytes: Array(text.utf8), precision: .nanoseconds)], to: testBucket)

            #expect(reply == .acknowledged)
            #expect(second == .acknowledged)
            let reader = try StoreReader(path: path)
            #expect(try reader.summaries().count == Self.hostile.count)
            for point in expected {
                var sorted = point
                sorted.tags.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                #expect(try reader.points(of: point.measurement) == [sorted])
            }
            if let tables = try await sqliteProgram(path, "SELECT count(*) FROM sqlite_master WHERE type = 'table'") {
                #expect(tables == "\(Self.hostile.count + 2)")
            }
        }
    }

    @Test("all hostile names fit as tags and fields of one measurement")
    func oneTable() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            var point = Point(measurement: "m", time: Timestamp(nanoseconds: 5))
            for (number, name) in Self.hostile.enumerated() {
                point.tags.append(Tag(name, "\(number)"))
                point.fields.append(Field(name, .integer(Int64(number))))
            }

            let bytes = Array((line(point) + "\n").utf8)
            let reply = await store.deliver([try batch(bytes: bytes, precision: .nanoseconds)], to: testBucket)
            let again = await store.deliver([try batch(bytes: bytes, precision: .nanoseconds)], to: testBucket)

            #expect(reply == .acknowledged && again == .acknowledged)
            let points = try StoreReader(path: path).points(of: "m")
            point.tags.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            #expect(points == [point])
        }
    }

    @Test("names that SQLite takes for one get a number, and _columns has the real ones")
    func collisions() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            _ = try await store.deliver(
                lines: "M,host=a Host=1,HOST=2,time=3,_meta=4,sqlite_x=5 1", "m host=1 1", "_columns x=1 1",
                "sqlite_stat1 x=1 1")

            let columns = try rows(
                path,
                #"SELECT measurement, kind, name, "column", type FROM _columns ORDER BY measurement, kind, name"#)
            #expect(
                columns == [
                    ["M", "field", "HOST", "HOST~3", "float"], ["M", "field", "Host", "Host~2", "float"],
                    ["M", "field", "_meta", "_meta~2", "float"], ["M", "field", "sqlite_x", "~sqlite_x", "float"],
                    ["M", "field", "time", "time~2", "float"], ["M", "key", "", "M~series", ""],
                    ["M", "measurement", "M", "M", ""], ["M", "tag", "host", "host", "string"],
                    ["_columns", "field", "x", "x", "float"], ["_columns", "key", "", "_columns~2~series", ""],
                    ["_columns", "measurement", "_columns", "_columns~2", ""],
                    ["m", "field", "host", "host", "float"], ["m", "key", "", "m~2~series", ""],
                    ["m", "measurement", "m", "m~2", ""], ["sqlite_stat1", "field", "x", "x", "float"],
                    ["sqlite_stat1", "key", "", "~sqlite_stat1~series", ""],
                    ["sqlite_stat1", "measurement", "sqlite_stat1", "~sqlite_stat1", ""],
                ])
        }
    }

    @Test("a point of a measurement called excluded is updated as any other", arguments: ["excluded", "EXCLUDED"])
    func excluded(measurement: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)

            _ = try await store.deliver(lines: "\(measurement),a=x v=1,excluded=1 1")
            let reply = try await store.deliver(lines: "\(measurement),a=x v=2,excluded=2 1")

            #expect(reply == .acknowledged)
            let points = try StoreReader(path: path).points(of: measurement)
            #expect(points.map(\.fields) == [[Field("v", .float(2)), Field("excluded", .float(2))]])
            #expect(
                try rows(path, #"SELECT "column" FROM _columns WHERE kind IN ('measurement', 'field') ORDER BY 1"#)
                    == [measurement + "~2", "excluded", "v"].sorted().map { [$0] })
        }
    }

    @Test("an identifier ends where it should whatever is in it")
    func identifiers() {
        #expect(StoreSQL.identifier("a") == #""a""#)
        #expect(StoreSQL.identifier("a\"b") == #""a""b""#)
        #expect(StoreSQL.identifier("\"") == #""""""#)
        #expect(StoreSQL.identifier("é'`]").utf8.elementsEqual("\"é'`]\"".utf8))
    }

    @Test("a name space gives every name another text, without regard to ASCII case and with regard to bytes")
    func nameSpace() {
        var names = NameSpace()

        let claimed = ["a", "A", "a~2", "é", "e\u{301}", "time", "Sqlite_x", "a", "sqlite_\u{301}"].map {
            names.claim($0)
        }

        #expect(
            claimed.map { Array($0.utf8) }
                == ["a", "A~2", "a~2~2", "é", "e\u{301}", "time~2", "~Sqlite_x", "a~3", "~sqlite_\u{301}"].map {
                    Array($0.utf8)
                })
    }

    /// Line protocol by hand, since the encoder refuses some names that a server takes.
    private func line(_ point: Point) -> String {
        func escaped(_ text: String, _ bytes: String) -> String {
            var result = ""
            for scalar in text.unicodeScalars {
                if bytes.unicodeScalars.contains(scalar) { result += "\\" }
                result.unicodeScalars.append(scalar)
            }
            return result
        }
        let tags = point.tags.map { "," + escaped($0.key, ",= ") + "=" + escaped($0.value, ",= ") }.joined()
        let fields = point.fields.map { field in
            let value =
                switch field.value {
                case .integer(let number): "\(number)i"
                case .string(let text): "\"" + escaped(text, "\"\\") + "\""
                default: "0"
                }
            return escaped(field.key, ",= ") + "=" + value
        }
        return escaped(point.measurement, ", ") + tags + " " + fields.joined(separator: ",")
            + (point.time.map { " \($0.nanoseconds)" } ?? "")
    }
}
