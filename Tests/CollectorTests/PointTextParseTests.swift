import LineProtocol
import TestKit
import Testing

@testable import Collector

@Suite("Line protocol to JSON", .onOwnThreads)
struct PointTextParseTests {
    @Test("a point becomes one object on one line, fields in their order, each value with its type")
    func form() async throws {
        let result = try await parsed(
            #"m,k=v,a=b\ c z=1.5,b=1i,c=1u,d=t,e="x \"y\"" 1760000000000"# + "\n" + "m v=1")

        #expect(result.isGood && result.complaints.isEmpty)
        #expect(
            result.output == """
                {"measurement":"m","tags":{"k":"v","a":"b c"},"fields":{"z":{"float":1.5},"b":{"integer":1},\
                "c":{"unsigned":1},"d":{"boolean":true},"e":{"string":"x \\"y\\""}},"time":1760000000000}
                {"measurement":"m","tags":{},"fields":{"v":{"float":1}},"time":null}

                """)
    }

    @Test(
        "numbers are exact, floats with their shortest digits",
        arguments: [
            ("-0", "{\"float\":-0}"), ("1e308", "{\"float\":1e+308}"), ("5e-324", "{\"float\":5e-324}"),
            ("0.1", "{\"float\":0.1}"), ("0.30000000000000004", "{\"float\":0.30000000000000004}"),
            ("1.", "{\"float\":1}"), (".5", "{\"float\":0.5}"), ("9007199254740993i", "{\"integer\":9007199254740993}"),
            ("-9223372036854775808i", "{\"integer\":-9223372036854775808}"),
            ("18446744073709551615u", "{\"unsigned\":18446744073709551615}"),
            (#""\n\\ ""#, #"{"string":"\\n\\ "}"#), ("\"\u{1}\u{7F}é\t\"", "{\"string\":\"\\u0001\u{7F}é\\t\"}"),
        ])
    func values(text: String, json: String) async throws {
        let result = try await parsed("m v=\(text) 1\n")

        #expect(result.output == "{\"measurement\":\"m\",\"tags\":{},\"fields\":{\"v\":\(json)},\"time\":1}\n")
        #expect(result.isGood)
    }

    @Test("the time is in the unit that was named", arguments: Precision.allCases)
    func time(precision: Precision) async throws {
        let result = try await parsed("m v=t -5\n", precision: precision)

        #expect(result.output.hasSuffix("\"time\":-5}\n"))
    }

    @Test("comments, blank lines and line ends of either kind are no points, and the last line needs none")
    func lines() async throws {
        let result = try await parsed("# head\r\n\r\n  m v=1 1\r\n\nn v=\"a\r\nb\" 2\n#\no v=1 3")

        #expect(result.isGood)
        #expect(result.output.split(separator: "\n").count == 3)
        #expect(result.output.contains(#"{"string":"a\r\nb"}"#))
    }

    @Test(
        "each bad line is told once with line and column in bytes, and the good ones go through",
        arguments: [
            ("m v=", "1:5: field \"v\" has no value"), ("m,é=x,a= v=1", "1:10: tag \"a\" has no value"),
            ("m v=1 99999999999999999", "1:7: timestamp \"99999999999999999\" is out of range"),
            ("m v=1 1760000000000000000", "1:7: timestamp \"1760000000000000000\" is out of range: use --precision ns"),
            ("m v=1 12x", "1:7: \"12x\" is not a timestamp"), ("m v=nan", "1:5: "), ("m v=1i,w=1.5i", "1:10: "),
            ("m v=9223372036854775808i", "1:5: "), ("m v=-1u", "1:5: "), ("m v=1e999", "1:5: "), ("m", "1:2: "),
            ("m,a=1,b=2,a=3 v=1 1", "1:11: a tag of this name stands before it"),
            (#"m\,x\ y,a\==\,b\=\ ,c=1,c=2 v=1"#, "1:25: a tag"), (#"m,a=\,,c=1,c=2 v=1"#, "1:12: a tag"),
            (#"m x="a,x=\" \\",y=1,x=2 1"#, "1:21: a field of this name stands before it"),
            ("m x=\"a\nb\",y=1,x=2 1", "2:8: a field of this name stands before it"),
            ("  m v=1,v=2", "1:9: a field"), (#"m \,x\=\ =1,v=1,v=2"#, "1:17: a field"),
        ])
    func bad(line: String, message: String) async throws {
        let result = try await parsed("\(line)\nn v=1 1\n")

        #expect(!result.isGood)
        #expect(result.complaints.count == 1 && result.complaints[0].hasPrefix(message), "\(result.complaints)")
        #expect(
            result.output == "{\"measurement\":\"n\",\"tags\":{},\"fields\":{\"v\":{\"float\":1}},\"time\":1}\n")
    }

    @Test("a line that is not UTF-8 is bad at its first wrong byte, since JSON cannot hold it")
    func invalidUTF8() async throws {
        let result = try await converted(.toJSON, Array("m,a=é".utf8) + [0xFF] + Array(" v=1\nn v=1\n".utf8))

        #expect(result.complaints == ["1:7: bytes are not UTF-8"])
        #expect(result.output.split(separator: "\n").count == 1)
    }

    @Test("every bad line has its message, however many there are, and each message is short")
    func many() async throws {
        let long = String(repeating: "x", count: 100_000)
        let result = try await parsed(String(repeating: "m v=\(long)\nbad\n", count: 50))

        #expect(result.complaints.count == 100)
        #expect(result.complaints.allSatisfy { $0.utf8.count < 200 })
    }

    @Test("canonically equivalent names are two names")
    func equivalentNames() async throws {
        let result = try await parsed("m,\u{E9}=1,e\u{301}=2 v=1 1\n")

        #expect(result.isGood, "\(result.complaints)")
    }

    @Test("a line with very many names is checked in linear time")
    func manyNames() async throws {
        let fields = (0..<100_000).map { "f\($0)=t" }.joined(separator: ",")
        let result = try await parsed("m \(fields) 1\nm \(fields),f99999=t 1\n")

        #expect(result.output.split(separator: "\n").count == 1 && result.complaints.count == 1)
    }
}
