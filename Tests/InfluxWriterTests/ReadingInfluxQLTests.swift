import Testing

@testable import InfluxWriter

@Suite("Answers to InfluxQL")
struct ReadingInfluxQLTests {
    private func series(_ text: String) throws -> [InfluxQLSeries] {
        try InfluxQLReader.series(in: Array(text.utf8), bytesMax: 1 << 20)
    }

    @Test("numbers are integers as far as they look like it, and times stay exact")
    func values() throws {
        let row = #"[1767225600123456789,-9223372036854775808,18446744073709551615,1.5,3,1e+300,-0,true,null,"a\nb"]"#
        let columns = #"["time","a","b","c","d","e","f","g","h","i"]"#
        let text = #"{"results":[{"statement_id":0,"series":[{"name":"m","columns":\#(columns),"values":[\#(row)]}]}]}"#

        let found = try series(text)

        #expect(
            found.first?.rows == [
                [
                    .integer(1_767_225_600_123_456_789), .integer(.min), .unsigned(.max), .float(1.5), .integer(3),
                    .float(1e300), .float(-0.0), .boolean(true), .null, .string("a\nb"),
                ]
            ])
    }

    @Test("an answer without series is empty", arguments: [#"{"results":[{"statement_id":0}]}"#, #"{"results":[{}]}"#])
    func empty(text: String) throws {
        #expect(try series(text).isEmpty)
    }

    @Test(
        "what the server says is wrong with a statement is thrown, inside 200 too",
        arguments: [
            (#"{"results":[{"statement_id":0,"error":"database not found: x"}]}"#, "database not found: x"),
            (#"{"results":[{"statement_id":0,"series":[{"columns":["a"],"values":[[1]]}],"error":"broke"}]}"#, "broke"),
            (#"{"error":"authorization failed"}"#, "authorization failed"),
        ])
    func errors(text: String, message: String) {
        #expect(throws: InfluxQLReader.Problem.server(message)) { () throws in try series(text) }
    }

    @Test(
        "an answer that is cut short, or no answer to one statement, is not taken for one",
        arguments: [
            #"{"results":[{"series":[{"name":"m","columns":["a"],"values":[[1]],"partial":true}]}]}"#,
            #"{"results":[{"series":[],"partial":true}]}"#, #"{"results":[]}"#, #"{"results":[{},{}]}"#, "{}", "[]", "",
            #"{"results":[{"series":[{"name":"m","columns":["a","b"],"values":[[1]]}]}]}"#,
            #"{"results":[{"series":[{"name":"m","values":[[1]]}]}]}"#,
            #"{"results":[{"series":[{"name":"m","columns":["a"],"values":[[[1]]]}]}]}"#,
            #"{"results":[{"series":[{"name":"m","columns":["a"],"values":[[1e999]]}]}]}"#,
        ])
    func malformed(text: String) {
        #expect {
            try series(text)
        } throws: { error in
            if case .malformed = error as? InfluxQLReader.Problem { true } else { false }
        }
    }
}
