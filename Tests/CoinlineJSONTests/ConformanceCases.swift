/// A document and what must become of it.
struct ConformanceCase: Sendable, CustomStringConvertible {
    let bytes: [UInt8]
    let verdict: Verdict
    let description: String

    enum Verdict: Sendable {
        /// Read and written again it is this text.
        case accepted(String)
        /// Refused, with this in the description of the error.
        case refused(String)
    }

    /// Accepted; `rewritten` is only given where it differs from the text.
    static func yes(_ text: String, _ rewritten: String? = nil) -> ConformanceCase {
        ConformanceCase(
            bytes: Array(text.utf8), verdict: .accepted(rewritten ?? text),
            description: "accepts \(text.debugDescription)")
    }

    static func no(_ text: String, _ reason: String) -> ConformanceCase {
        ConformanceCase(
            bytes: Array(text.utf8), verdict: .refused(reason), description: "refuses \(text.debugDescription)")
    }

    /// A string of these raw bytes.
    static func raw(_ bytes: [UInt8], refused reason: String) -> ConformanceCase {
        ConformanceCase(
            bytes: [0x22] + bytes + [0x22], verdict: .refused(reason), description: "refuses the string of \(bytes)")
    }

    static func raw(_ bytes: [UInt8]) -> ConformanceCase {
        let text = [0x22] + bytes + [0x22]
        return ConformanceCase(
            bytes: text, verdict: .accepted(String(decoding: text, as: UTF8.self)),
            description: "accepts the string of \(bytes)")
    }

    static let all = structure + literals + numbers + strings + encodings
}

extension ConformanceCase {
    static let structure: [ConformanceCase] = [
        .yes("{}"), .yes("[]"), .yes("[[]]"), .yes("[{}]"), .yes(#"{"a":{}}"#), .yes(#"{"a":[]}"#),
        .yes(" [ ] ", "[]"), .yes(" { } ", "{}"), .yes("\t\n\r [1]\r\n", "[1]"), .yes("[1 , 2]", "[1,2]"),
        .yes(#"{ "a" : 1 , "b" : 2 }"#, #"{"a":1,"b":2}"#), .yes("{\"a\"\n:\t1}", #"{"a":1}"#),
        .yes(#"{"":0}"#), .yes(#"{"a":1,"b":[2,{"c":null}]}"#), .yes("[1,[2,[3,[4]]]]"),
        .yes(#"{"a":1,"a":2}"#, #"{"a":1}"#), .yes(#"{"a":1,"\u0061":2,"b":3}"#, #"{"a":1,"b":3}"#),
        .yes("[[],[[]],[[],[]]]"), .yes(#"["a","b"]"#), .yes(#"{"a":{"b":{"c":{"d":1}}}}"#),
        .yes(#"[{"a":"]"},{"b":"}"}]"#), .yes(#"[",",":"]"#), .yes("[null,true,false,0]"),
        .no("", "ends where a value"), .no(" ", "ends where a value"), .no("\n\t", "ends where a value"),
        .no("[", "ends where a value"), .no("{", "ends where a member's name"), .no("]", "expected a value, found ']'"),
        .no("}", "expected a value, found '}'"), .no("[1", "ends where ',' or ']'"), .no("[1,", "ends where a value"),
        .no("[1,]", "expected a value, found ']'"), .no("[,1]", "expected a value, found ','"),
        .no("[1,,2]", "expected a value, found ','"), .no("[1 2]", "expected ',' or ']', found '2'"),
        .no("[1}", "expected ',' or ']', found '}'"), .no(#"{"a":1]"#, "expected ',' or '}', found ']'"),
        .no(#"{"a"}"#, "expected ':', found '}'"), .no(#"{"a":}"#, "expected a value, found '}'"),
        .no(#"{"a":1,}"#, "expected a member's name, found '}'"), .no("{,}", "expected a member's name, found ','"),
        .no(#"{"a" 1}"#, "expected ':', found '1'"), .no(#"{"a"::1}"#, "expected a value, found ':'"),
        .no("{1:2}", "expected a member's name, found '1'"), .no("{a:1}", "expected a member's name, found 'a'"),
        .no("{'a':1}", "expected a member's name, found '''"), .no(#"{"a":1 "b":2}"#, "',' or '}', found '\"'"),
        .no(#"{"a""#, "ends where ':'"), .no(#"{"a":"#, "ends where a value"), .no(#"{"a":1"#, "',' or '}'"),
        .no(#"{"a":1,"#, "ends where a member's name"), .no("[]]", "something follows"),
        .no("{}{}", "something follows"),
        .no("[] []", "something follows"), .no("1 2", "something follows"), .no("[]x", "something follows"),
        .no("null,", "something follows"), .no("[1]\u{0}", "something follows"), .no(":", "found ':'"),
        .no(",", "found ','"),
        .no("[1]//", "something follows"), .no("/* */[1]", "expected a value, found '/'"), .no("(1)", "found '('"),
        .no("<html>", "expected a value, found '<'"), .no("[\u{B}1]", "found byte 0x0B"),
        .no("[\u{A0}1]", "found byte 0xC2"),
        .no("\u{FEFF}[]", "found byte 0xEF"), .no("\u{2028}[]", "found byte 0xE2"), .no("[\u{C}]", "found byte 0x0C"),
    ]

    static let literals: [ConformanceCase] = [
        .yes("true"), .yes("false"), .yes("null"), .yes(" null ", "null"), .yes("[true,false,null]"),
        .no("tru", #"ends where "true""#), .no("t", #"ends where "true""#), .no("nul", #"ends where "null""#),
        .no("fals", #"ends where "false""#), .no("True", "found 'T'"), .no("NULL", "found 'N'"),
        .no("nule", #"expected "null", found 'e'"#), .no("truefalse", "something follows"),
        .no("truex", "something follows"),
        .no("[nullnull]", "expected ',' or ']', found 'n'"), .no("undefined", "found 'u'"), .no("NaN", "found 'N'"),
        .no("Infinity", "found 'I'"), .no("-Infinity", "malformed number"),
    ]

    static let numbers: [ConformanceCase] = [
        .yes("0"), .yes("-0"), .yes("1"), .yes("-1"), .yes("10"), .yes("1234567890"), .yes("0.0"), .yes("-0.0"),
        .yes("0.5"),
        .yes("1.5e3"), .yes("1E3"), .yes("1e+3"), .yes("1e-3"), .yes("1E-0003"), .yes("0e0"), .yes("-0e-0"),
        .yes("1e400"),
        .yes("-1e400"), .yes("1e-400"), .yes("1e99999999999999999999"), .yes("123456789012345678901234567890"),
        .yes("0.000000000001"), .yes("9007199254740993"), .yes("9223372036854775808"), .yes("[1,-2,3.5]"),
        .yes("0.99906956237183553"), .yes("[0 ]", "[0]"),
        .no("00", "malformed number"), .no("01", "malformed number"), .no("-01", "malformed number"),
        .no("+1", "found '+'"),
        .no("-", "malformed number"), .no("--1", "malformed number"), .no(".5", "found '.'"),
        .no("-.5", "malformed number"),
        .no("1.", "malformed number"), .no("1.e3", "malformed number"), .no("1e", "malformed number"),
        .no("1e+", "malformed number"),
        .no("1e-", "malformed number"), .no("1e1.5", "something follows"), .no("1.2.3", "something follows"),
        .no("0x10", "something follows"), .no("1_000", "something follows"), .no("1,000", "something follows"),
        .no("[1a]", "expected ',' or ']', found 'a'"), .no("[1.a]", "malformed number"),
        .no("[- 1]", "malformed number"),
        .no("[1e 3]", "malformed number"), .no("１", "found byte 0xEF"), .no("0.e1", "malformed number"),
        .no("[.]", "found '.'"),
        .no("1ee3", "malformed number"), .no("1f", "something follows"), .no("[-a]", "malformed number"),
    ]

    static let strings: [ConformanceCase] = [
        .yes(#""""#), .yes(#""a""#), .yes(#""\"""#), .yes(#""\\""#), .yes(#""\/""#, #""/""#), .yes(#""\b\f\n\r\t""#),
        .yes(#""\u0041""#, #""A""#), .yes(#""\u00e9\u00E9""#, #""éé""#), .yes(#""\ud83d\ude00""#, #""😀""#),
        .yes(#""\uD83D\uDE00x""#, #""😀x""#), .yes(#""\u0000""#), .yes(#""\u001f""#), .yes(#""\u007f""#, "\"\u{7F}\""),
        .yes(#""\uFFFF""#, "\"\u{FFFF}\""), .yes(#""\uDBFF\uDFFF""#, "\"\u{10FFFF}\""), .yes(#""\\u0041""#),
        .yes(#""\\\"""#),
        .yes("\"\u{7F}\""), .yes("\"\u{2028}\u{2029}\""), .yes("\"\u{FEFF}\""), .yes(#""שלום""#), .yes(#""a, b=c""#),
        .yes(#"{"\"":"\\"}"#), .yes(#"["\u005B","\u007b"]"#, #"["[","{"]"#), .yes(#""\u0022""#, #""\"""#),
        .yes("\"e\u{301}\""), .yes("\"👨‍👩‍👧\""),
        .no("\"", "ends where the end of a string"), .no(#""a"#, "ends where the end of a string"),
        .no(#""\"#, "ends where the end of a string"), .no(#""\""#, "ends where the end of a string"),
        .no("'a'", "found '''"),
        .no(#""\x41""#, "unknown escape"), .no(#""\a""#, "unknown escape"), .no(#""\'""#, "unknown escape"),
        .no(#""\0""#, "unknown escape"), .no(#""\U0041""#, "unknown escape"), .no(#""\u""#, "unknown escape"),
        .no(#""\u004""#, "unknown escape"), .no(#""\u004g""#, "unknown escape"), .no(#""\u 041""#, "unknown escape"),
        .no(#""\u+041""#, "unknown escape"), .no(#""\ud83d""#, "surrogate"), .no(#""\ude00""#, "surrogate"),
        .no(#""\ud83d\ud83d""#, "surrogate"), .no(#""\ude00\ud83d""#, "surrogate"),
        .no(#""\ud83dx\ude00""#, "surrogate"),
        .no(#""\ud83d\n""#, "surrogate"), .no(#""\ud83d\u""#, "surrogate"), .no(#""\ud83d\u0041""#, "surrogate"),
        .no("\"\n\"", "control byte (0x0A)"), .no("\"\t\"", "control byte (0x09)"),
        .no("\"\u{0}\"", "control byte (0x00)"),
        .no("\"\u{1F}\"", "control byte (0x1F)"), .no("\"\\\n\"", "unknown escape"), .no(#"{"\ud83d":1}"#, "surrogate"),
        .no("{\"a\nb\":1}", "control byte"), .no("a", "found 'a'"), .no(#"["a"b"]"#, "',' or ']', found 'b'"),
    ]

    static let encodings: [ConformanceCase] = [
        .raw([0xC2, 0x80]), .raw([0xDF, 0xBF]), .raw([0xE0, 0xA0, 0x80]), .raw([0xED, 0x9F, 0xBF]),
        .raw([0xEE, 0x80, 0x80]),
        .raw([0xEF, 0xBF, 0xBF]), .raw([0xF0, 0x90, 0x80, 0x80]), .raw([0xF4, 0x8F, 0xBF, 0xBF]),
        .raw([0xF0, 0x9F, 0x98, 0x80]),
        .raw([0x80], refused: "UTF-8"), .raw([0xBF], refused: "UTF-8"), .raw([0xFE], refused: "UTF-8"),
        .raw([0xFF], refused: "UTF-8"), .raw([0xC0, 0x80], refused: "UTF-8"), .raw([0xC1, 0xBF], refused: "UTF-8"),
        .raw([0xE0, 0x80, 0x80], refused: "UTF-8"), .raw([0xE0, 0x9F, 0xBF], refused: "UTF-8"),
        .raw([0xF0, 0x80, 0x80, 0x80], refused: "UTF-8"), .raw([0xF0, 0x8F, 0xBF, 0xBF], refused: "UTF-8"),
        .raw([0xED, 0xA0, 0x80], refused: "UTF-8"), .raw([0xED, 0xBF, 0xBF], refused: "UTF-8"),
        .raw([0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], refused: "UTF-8"), .raw([0xF4, 0x90, 0x80, 0x80], refused: "UTF-8"),
        .raw([0xF5, 0x80, 0x80, 0x80], refused: "UTF-8"), .raw([0xF8, 0x88, 0x80, 0x80, 0x80], refused: "UTF-8"),
        .raw([0xC2], refused: "UTF-8"), .raw([0xC2, 0x41], refused: "UTF-8"), .raw([0xE2, 0x82], refused: "UTF-8"),
        .raw([0xE2, 0x82, 0x41], refused: "UTF-8"), .raw([0xF0, 0x9F, 0x98], refused: "UTF-8"),
        .raw([0xF0, 0x9F, 0x98, 0x41], refused: "UTF-8"), .raw([0x61, 0xE9], refused: "UTF-8"),
        .raw([0xC3, 0x28], refused: "UTF-8"),
        ConformanceCase(bytes: [0x22, 0xE2, 0x82], verdict: .refused("UTF-8"), description: "refuses a cut sequence"),
        ConformanceCase(
            bytes: [0xFE, 0xFF, 0x00, 0x5B, 0x00, 0x5D], verdict: .refused("0xFE"), description: "refuses UTF-16"),
        ConformanceCase(bytes: [0x5B, 0x00, 0x5D, 0x00], verdict: .refused("0x00"), description: "refuses UTF-16 LE"),
        ConformanceCase(
            bytes: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], verdict: .refused("UTF-8"),
            description: "refuses a bad name"),
    ]
}
