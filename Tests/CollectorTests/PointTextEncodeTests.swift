import LineProtocol
import Testing

@testable import Collector

@Suite("JSON to line protocol")
struct PointTextEncodeTests {
    private let good = #"{"measurement":"n","fields":{"v":{"float":1}}}"#

    @Test("objects may stand on lines, over several or one behind the other; tags are sorted, fields keep their order")
    func form() async throws {
        let result = try await encoded(
            """
            {"measurement": "m", "tags": {"z": "1 2", "a": "b"}, "fields": {"b": {"integer": 1}, "a": {"float": 1.5}},
              "time": 1760000000000}\(good)

              {
              "time" : null,
            "fields" :
            {
            "x":
            {"string": "a\\n\\u00e9\\ud83d\\ude00\\"\\\\"}, "u": {"unsigned": 18446744073709551615}, "t": {"boolean": false}
            },
            "measurement" : "o", "tags": {"e": ""} } \(good)\r\n
            """)

        #expect(result.isGood && result.complaints.isEmpty, "\(result.complaints)")
        #expect(
            result.output == """
                m,a=b,z=1\\ 2 b=1i,a=1.5 1760000000000
                n v=1
                o x="a
                é😀\\"\\\\",u=18446744073709551615u,t=f
                n v=1

                """)
    }

    @Test(
        "numbers are read exactly, in any form of JSON",
        arguments: [
            (#"{"float":-0.0}"#, "-0"), (#"{"float":1e308}"#, "1e+308"), (#"{"float":5e-324}"#, "5e-324"),
            (#"{"float":1e-400}"#, "0"), (#"{"integer":9007199254740993}"#, "9007199254740993i"),
            (#"{"integer":-9223372036854775808}"#, "-9223372036854775808i"), (#"{"integer":1e3}"#, "1000i"),
            (#"{"unsigned":2.0}"#, "2u"), (#"{"unsigned":0}"#, "0u"), (#"{"unsigned":-0}"#, "0u"),
        ])
    func numbers(json: String, text: String) async throws {
        let result = try await encoded(#"{"measurement":"m","fields":{"v":"# + json + "}}")

        #expect(result.output == "m v=\(text)\n", "\(result.complaints)")
    }

    @Test("the time is in the unit that was named", arguments: Precision.allCases)
    func time(precision: Precision) async throws {
        let result = try await encoded(
            #"{"measurement":"m","fields":{"v":{"float":1}},"time":-5}"#, precision: precision)

        #expect(result.output == "m v=1 -5\n")
    }

    @Test(
        "an object that is no point is told with its place, and the others go through",
        arguments: [
            (#"{}"#, "1:1: the member \"measurement\" is missing"),
            (#"{"measurement":"m"}"#, "1:1: the member \"fields\" is missing"),
            (#"{"measurement":"m","fields":{}}"#, "1:29: fields: a point has at least one field"),
            (#"{"measurement":"m","fields":[]}"#, "1:29: fields: expected an object, found an array"),
            (#"{"measurement":1,"fields":{"v":{"float":1}}}"#, "1:16: measurement: expected a string"),
            (#"{"measurement":"m","fields":{"v":1}}"#, "1:34: fields.v: expected an object, found a number"),
            (#"{"measurement":"m","fields":{"v":{}}}"#, "1:34: fields.v: expected one of float"),
            (#"{"measurement":"m","fields":{"v":{"flaot":1}}}"#, "1:43: fields.v.flaot: no type of a value"),
            (
                #"{"measurement":"m","fields":{"v":{"float":1,"integer":1}}}"#,
                "1:55: fields.v.integer: a second type of one value"
            ),
            (#"{"measurement":"m","fields":{"v":{"float":"1"}}}"#, "1:43: fields.v.float: expected a number"),
            (
                #"{"measurement":"m","fields":{"v":{"float":1e400}}}"#,
                "1:43: fields.v.float: a number outside the range"
            ),
            (#"{"measurement":"m","fields":{"v":{"float":NaN}}}"#, "1:43: fields.v.float: expected a value, found 'N'"),
            (#"{"measurement":"m","fields":{"v":{"integer":1.5}}}"#, "1:45: fields.v.integer: expected a whole number"),
            (
                #"{"measurement":"m","fields":{"v":{"integer":9223372036854775808}}}"#,
                "1:45: fields.v.integer: a number out"
            ),
            (#"{"measurement":"m","fields":{"v":{"unsigned":-1}}}"#, "1:46: fields.v.unsigned: a number outside"),
            (
                #"{"measurement":"m","fields":{"v":{"unsigned":18446744073709551616}}}"#,
                "1:46: fields.v.unsigned: a number"
            ),
            (#"{"measurement":"m","fields":{"v":{"unsigned":1.5}}}"#, "1:46: fields.v.unsigned: expected a whole"),
            (#"{"measurement":"m","fields":{"v":{"boolean":1}}}"#, "1:45: fields.v.boolean: expected a boolean"),
            (#"{"measurement":"m","fields":{"v":{"string":null}}}"#, "1:44: fields.v.string: expected a string"),
            (#"{"measurement":"m","tags":{"k":1},"fields":{"v":{"float":1}}}"#, "1:32: tags.k: expected a string"),
            (#"{"measurement":"m","fields":{"v":{"float":1}},"time":1.5}"#, "1:54: time: expected a whole number"),
            (#"{"measurement":"m","fields":{"v":{"float":1}},"time":"1"}"#, "1:54: time: expected a number"),
            (
                #"{"measurement":"m","fields":{"v":{"float":1}},"time":99999999999999999}"#,
                "1:54: time: 99999999999999999 is out of range in ms"
            ),
            (#"{"measurement":"m","fields":{"v":{"float":1}},"tiem":1}"#, "1:54: tiem: no member of a point"),
            (#"{"measurement":"m","measurement":"m","fields":{"v":{"float":1}}}"#, "1:20: the name stands twice"),
            (
                #"{"measurement":"m","fields":{"v":{"float":1},"\u0076":{"float":1}}}"#,
                "1:46: fields: the name stands twice"
            ),
            (#"{"measurement":"m","fields":{"v":{"float":1,"float":2}}}"#, "1:45: fields.v: the name stands twice"),
            (
                #"{"measurement":"m","tags":{"a":"}","b":"\",","a":"1"},"fields":{"v":{"float":1}}}"#,
                "1:46: tags: the name"
            ),
            // What no line can hold.
            (#"{"measurement":"","fields":{"v":{"float":1}}}"#, "1:16: measurement: is empty"),
            (#"{"measurement":"a\\","fields":{"v":{"float":1}}}"#, "1:16: measurement \"a\\\": ends in a backslash"),
            (#"{"measurement":"m","tags":{"":"1"},"fields":{"v":{"float":1}}}"#, "1:28: tag key: is empty"),
            (
                #"{"measurement":"m","tags":{"a":"1","b":"x\ny"},"fields":{"v":{"float":1}}}"#,
                "1:40: value of tag \"b\""
            ),
            (#"{"measurement":"m","fields":{"a":{"float":1},"":{"float":1}}}"#, "1:46: field key: is empty"),
            (#"{"measurement":"m","fields":{"a":{"float":1},"time":{"float":1}}}"#, "1:46: field key \"time\""),
            (#"{"measurement":"m","fields":{"v":{"float":1}},"time":-9223372036855}"#, "1:54: time: "),
        ])
    func bad(json: String, message: String) async throws {
        let result = try await encoded("\(json)\n\(good)\n")

        #expect(!result.isGood)
        #expect(result.complaints.count == 1 && result.complaints[0].hasPrefix(message), "\(result.complaints)")
        #expect(result.output == "n v=1\n")
    }

    @Test(
        "broken syntax is told at its byte, once, and costs only its own object",
        arguments: [
            // An object that ends where the next line begins with one.
            (#"{"measurement":"m","fields":{"v":{"float":1}}"#, "2:1: fields: expected ',' or '}', found '{'"),
            (#"{"measurement":"m","fields":{"v":"#, "3:1: "),
            (#"{"measurement":"m""#, "2:1: measurement: expected ',' or '}', found '{'"),
            (#"{"measurement":"m","#, "2:1: expected a member's name, found '{'"),
            (#"{"a":["#, "3:1: "),
            // A quote too few, too many, or a line end inside a string.
            (#"{"measurement":"m,"fields":{"v":{"float":1}}}"#, "1:20: measurement: expected ',' or '}', found 'f'"),
            (#"{"measurement":"m"","fields":{"v":{"float":1}}}"#, "1:19: measurement: expected ',' or '}', found '\"'"),
            (#"{"measurement":"m"#, "1:18: measurement: a control byte (0x0A) inside a string"),
            // Brackets.
            (#"{"measurement":"m"}}"#, "1:1: the member \"fields\" is missing"),
            (#"{"measurement":"m"]"#, "1:19: measurement: expected ',' or '}', found ']'"),
            (#"{"measurement":"m"},{"x":1}"#, "1:1: the member \"fields\" is missing"),
            (#"{"a":tru}"#, "1:9: a: expected \"true\", found '}'"),
            ("[1,2]", "1:2: expected an object, found a number"), ("null", "1:1: expected an object, found null"),
            ("measurement", "1:1: expected an object, found 'm'"), ("}", "1:1: expected an object, found '}'"),
            (String(repeating: "[", count: 5), "3:1: "), ("[\"", "1:2: expected an object, found '\"'"),
            ("{\"a\":" + String(repeating: "[", count: 100_000), "1:21: "),
        ])
    func broken(json: String, message: String) async throws {
        let result = try await encoded("\(json)\n\(good)\n\(good)\n")

        #expect(!result.isGood)
        #expect(result.complaints.first?.hasPrefix(message) == true, "\(result.complaints)")
        // A value may stand behind a colon or a bracket, so there the next line is taken for one.
        let isTaken = message == "3:1: "
        #expect(result.output == (isTaken ? "n v=1\n" : "n v=1\nn v=1\n"), "\(result.complaints)")
        #expect(result.complaints.count <= 2)
    }

    @Test("behind an object that is broken inside its brackets another one may follow on the line")
    func concatenated() async throws {
        let result = try await encoded("\(good){\"a\":tru}\(good) {\"b\":1,}\(good)\n")

        #expect(result.output == "n v=1\nn v=1\nn v=1\n")
        #expect(result.complaints.count == 2)
    }

    @Test("bytes that are no UTF-8 are told at their place")
    func invalidUTF8() async throws {
        let text = Array(#"{"measurement":"é"#.utf8) + [0xC0] + Array("\"}\n\(good)".utf8)
        let result = try await converted(.toLines(.influx2), text)

        #expect(result.complaints == ["1:19: measurement: not valid UTF-8"])
        #expect(result.output == "n v=1\n")
    }

    @Test("the end of the input inside an object is told")
    func end() async throws {
        let result = try await encoded("\(good)\n{\"measurement\":\n")

        #expect(result.complaints == ["3:1: measurement: the document ends where a value was expected"])
        #expect(result.output == "n v=1\n")
    }

    @Test("a name with control bytes and a long one are shown short and safe")
    func shown() async throws {
        let long = String(repeating: "x", count: 5_000)
        let result = try await encoded(
            "{\"a\\u001b\(long)\":1}\n{\"measurement\":\"\\u001b\(long)\",\"fields\":{\"v\":{\"float\":1}}}")

        #expect(result.complaints.count == 2)
        #expect(result.complaints.allSatisfy { $0.utf8.count < 200 && !$0.contains("\u{1B}") }, "\(result.complaints)")
    }

    @Test("a dialect's own rules hold")
    func dialects() async throws {
        let text = Array((#"{"measurement":"m","fields":{"v":{"unsigned":1}}}"# + "\n" + good).utf8)
        let first = try await converted(.toLines(.influx1), text)
        let second = try await converted(.toLines(.influx2), text)

        #expect(first.output == "n v=1\n" && first.complaints.count == 1)
        #expect(first.complaints[0].hasPrefix("1:34: value of field \"v\": is unsigned"), "\(first.complaints)")
        #expect(second.output == "m v=1u\nn v=1\n")
    }
}
