import Testing

@testable import InfluxWriter

@Suite("Answers to queries that ask for too much, or tell too much")
struct ReadingBoundsTests {
    private static let reply = QueryReply(
        api: .v2, origin: "http://localhost", path: "/api/v2/query", hasToken: true,
        hiddenTexts: ["the-token-of-the-test"])

    private func text(_ value: FluxValue?) throws -> String {
        guard case .string(let text)? = value else { throw Missing() }
        return text
    }

    private struct Missing: Error {}

    @Test("rows share the text of a default, and the tables of a block their columns")
    func sharing() throws {
        let long = String(repeating: "x", count: 60_000)
        let rows = (0..<20_000).map { ",,\($0 / 2),\r\n" }.joined()
        let head = "#datatype,string,long,string\r\n#group,false,false,true\r\n#default,\(long),,\(long)\r\n"

        let found = try tables(Array((head + ",result,table,s\r\n" + rows + "\r\n").utf8))

        // Without sharing these are 1.8 GB of text.
        let texts = try found.flatMap { table in try table.rows.map { try text($0.first) } + [table.result] }
        #expect(texts.count == 30_000 && texts.allSatisfy { $0.utf8.count == 60_000 })
        let places = Set(texts.map { $0.utf8.withContiguousStorageIfAvailable { Int(bitPattern: $0.baseAddress) } })
        #expect(places.count == 2)
        let columns = Set(found.map { $0.columns.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) } })
        #expect(found.count == 10_000 && columns.count == 1)
        #expect(found.last?.key == ["s": .string(long)])
    }

    @Test("a result or a number written out is the same as the default that it equals")
    func identities() throws {
        let bytes = csv(
            "#datatype,string,long,long", "#default,r,7,", ",result,table,v", ",,,1", ",r,7,2", ",r,,3", ",q,7,4",
            ",q,,5", ",,,6", ",r,8,7", ",,8,8", "")

        let found = try tables(bytes)

        #expect(found.map(\.result) == ["r", "q", "r", "r"] && found.map(\.number) == [7, 7, 7, 8])
        #expect(found.map(\.rows.count) == [3, 2, 1, 2])
    }

    @Test(
        "a default that is no value of its column matters to a row that takes it, and an annotation may not be endless")
    func annotations() throws {
        let head = ["#datatype,string,long,long", "#default,r,0,x", ",result,table,v"].map { $0 + "\r\n" }.joined()
        let long = String(repeating: "x", count: 64 << 10)
        func read(_ text: String) throws -> [FluxTable] { try tables(Array(text.utf8)) }

        #expect(try read(head + ",,,5\r\n\r\n").first?.values(of: "v") == [.long(5)])
        #expect(throws: FluxReadingError.malformed(line: 4, reason: "the column \"v\" has a default, which is no long"))
        {
            () throws in try read(head + ",,,\r\n\r\n")
        }
        #expect(try read("#default,\(long),0\n,result,table\n,,\n\n").first?.result == long)
        #expect(throws: FluxReadingError.malformed(line: 1, reason: "an annotation with a cell of more than 64 KiB")) {
            () throws in try read("#default,\(long)x,0\n,result,table\n,,\n\n")
        }
    }

    @Test("reading stops between rows when its task is cancelled")
    func cancelled() async throws {
        let rows = Array(repeating: ",r,0\r\n", count: 10_000).joined()
        let bytes = Array((",result,table\r\n" + rows + "\r\n").utf8)
        let json = Array(#"{"results":[{"series":[{"name":"m","columns":["a"],"values":[[1]]}]}]}"#.utf8)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            let flux = #expect(throws: QueryError.self) { () throws in try Self.reply.tables(in: bytes) }
            #expect(flux?.kind == .unavailable && flux?.message.contains("cancelled") == true)
            #expect(throws: InfluxQLReader.Problem.cancelled) {
                () throws in try InfluxQLReader.series(in: json, bytesMax: 1_000)
            }
        }
        task.cancel()
        await task.value

        var reader = FluxReader(bytes)
        var pauses = 0
        while case .unfinished = try reader.advance(recordsMax: 4_096) { pauses += 1 }

        #expect(pauses == 2)
        #expect(try Self.reply.tables(in: bytes).map(\.rows.count) == [10_000])
    }

    @Test(
        "a token that the server echoes is never told in part",
        arguments: ["", "12345678901234567890123456789", "123456789012345678", "\u{301}", "e\u{301}"])
    func tokens(around: String) {
        let cell = around + "the-token-of-the-test" + around
        let bytes = csv("#datatype,string,long,long", ",result,table,v", ",r,0,\(cell)", "")

        let error = #expect(throws: QueryError.self) { () throws in try Self.reply.tables(in: bytes) }

        #expect(error?.kind == .unreadable && error?.message.contains("which is no long") == true)
        #expect(error?.message.unicodeScalars.contains("the-t".unicodeScalars) == false, "\(String(describing: error))")
        let cleaned = ServerText.clean(cell, hiding: ["the-token-of-the-test"])
        #expect(cleaned.unicodeScalars.elementsEqual((around + "‹redacted›" + around).unicodeScalars))
    }

    @Test("measurements whose names differ only in how Unicode spells them are two")
    func spellings() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let flux = csv(
            "#datatype,string,long,string,long", "#default,points,,,", ",result,table,_measurement,_value",
            ",,0,\(composed),3", ",,1,\(decomposed),5", "", "#datatype,string,long,string,long", "#default,newest,,,",
            ",result,table,_measurement,_value", ",,0,\(composed),100", ",,1,\(decomposed),200", "")
        func series(_ column: String, _ rows: [InfluxQLValue]...) -> [InfluxQLSeries] {
            zip([composed, decomposed], rows).map { InfluxQLSeries(name: $0, columns: ["time", column], rows: [$1]) }
        }

        let asked = [
            try ActivityQuery.activity(in: try tables(flux)) { QueryError(.unreadable, $0) },
            try ActivityQuery.activity(
                counts: series("count_v", [.integer(0), .integer(3)], [.integer(0), .integer(5)]),
                newest: series("v", [.integer(100), .integer(1)], [.integer(200), .integer(1)])
            ) { QueryError(.unreadable, $0) },
        ]

        for found in asked {
            #expect(found.map { Array($0.measurement.utf8) } == [decomposed, composed].map { Array($0.utf8) })
            #expect(found.map(\.points) == [5, 3] && found.map { $0.newest?.nanoseconds } == [200, 100])
        }
    }
}
