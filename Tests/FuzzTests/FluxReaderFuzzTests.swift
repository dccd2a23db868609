import InfluxWriter
import TestKit
import Testing

@Suite("The reader of annotated CSV, fed with damage", .onOwnThreads)
struct FluxReaderFuzzTests {
    private static let examples: [String] = [
        """
        #datatype,string,long,dateTime:RFC3339,double,string,string
        #group,false,false,false,false,true,true
        #default,_result,,,,,
        ,result,table,_time,_value,_field,code
        ,,0,2026-01-01T00:00:00Z,1.5,rate,BTC
        ,,0,2026-01-01T00:00:00.000000001Z,,rate,BTC
        ,,1,2026-01-02T00:00:00Z,NaN,rate,"a ""b"", c"


        """,
        """
        #datatype,string,long,long,unsignedLong,boolean,duration,base64Binary,dateTime:RFC3339Nano
        #group,false,false,false,false,false,false,false,true
        #default,r,0,7,,,1h,,2026-01-01T00:00:00Z
        ,result,table,a,b,c,d,e,f

        #datatype,string,long,string
        #group,false,false,true
        #default,_result,3,x
        ,result,table,t
        ,,,"two
        lines"


        """,
        "#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,no such column,897\n",
        ",result,table,_value\n,_result,0,1\n,_result,0,2\n\n", "error,reference\nfailed,\n", "\n", "",
        ",result,table\n,_result,0\n{\"code\":\"internal error\",\"message\":\"panic: \\\"x\\\"\"}",
    ]
    private static let words = [
        ",", "\n", "\r\n", "\r", "\"", "\"\"", "#datatype", "#group", "#default", "#other", "result", "table", "error",
        "reference", "string", "long", "double", "unsignedLong", "boolean", "duration", "base64Binary",
        "dateTime:RFC3339", "true", "false", "0", "-1", "9223372036854775808", "1e400", "NaN", "+Inf", "1h30m", "AAA=",
        "{\"code\":\"x\",\"message\":\"y\"}", "2026-01-01T00:00:00Z", "0000-00-00T99:99:99Z", "\u{0}", "é",
    ]

    @Test("tables are rectangular, and errors name a line")
    func reading() {
        var tables = 0
        let fuzz = Fuzz(
            target: "Flux reader",
            examples: Self.examples.flatMap { [Array($0.utf8), Array($0.replacing("\n", with: "\r\n").utf8)] },
            words: Self.words.map { Array($0.utf8) } + [[0xFF], [0xC3]])
        let count = fuzz.run(rounds: 4_000) { input, _ in
            let (read, error) = outcome(of: input)
            tables += read.count
            for table in read {
                guard table.rows.allSatisfy({ $0.count == table.columns.count }) else {
                    return "a row of another width"
                }
                guard table.key.count <= table.columns.count else { return "a key with more columns than the table" }
            }
            let lines = input.count { $0 == 0x0A } + 1
            if case .malformed(let line, let reason) = error, !(1...lines + 1).contains(line) || reason.isEmpty {
                return "line \(line) of \(lines): \(reason)"
            }
            return nil
        }
        #expect(tables >= count / 20, "most inputs get far enough")
    }

    private func outcome(of input: [UInt8]) -> ([FluxTable], FluxReadingError?) {
        var reader = FluxReader(input)
        var tables: [FluxTable] = []
        do throws(FluxReadingError) {
            while let table = try reader.next() { tables.append(table) }
        } catch {
            return (tables, error)
        }
        return (tables, nil)
    }
}
