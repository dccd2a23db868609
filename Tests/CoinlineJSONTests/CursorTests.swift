import CoinlineJSON
import Testing

@Suite("A JSON cursor")
struct CursorTests {
    static let page = """
        [{"code":"BTC","rate":65000.5,"delta":{"hour":1,"day":null}},
         {"code":"ETH","rate":"3500","delta":{"hour":0.98}}]
        """

    @Test("it reads members, elements and values of each kind")
    func reading() throws {
        let root = try JSONCursor(text: Self.page)

        let coins = try root.elements()
        #expect(coins.count == 2)
        #expect(try coins[0].members().map(\.name) == ["code", "rate", "delta"])
        #expect(try coins[0].member("code")?.string() == "BTC")
        #expect(try coins[0].member("rate")?.double() == 65000.5)
        #expect(try coins[0].member("rate")?.numberText() == "65000.5")
        #expect(try coins[0].member("delta")?.member("hour")?.int64() == 1)
        #expect(try coins[0].member("delta")?.member("day")?.isNull == true)
        #expect(try coins[0].member("missing") == nil)
        #expect(try JSONCursor(text: "[true,false]").elements().map { try $0.boolean() } == [true, false])
    }

    @Test("an error names the place, both kinds and the byte")
    func errors() throws {
        let coins = try JSONCursor(text: Self.page, name: "coins")

        let rate = try #require(try coins.elements()[1].member("rate"))
        let error = try #require(throws: JSONError.self) { try rate.double() }
        #expect(error.path == "coins[1].rate")
        let byte = try #require(Self.page.utf8.firstRange(of: "\"3500\"".utf8))
        #expect(error.byte == Self.page.utf8.distance(from: Self.page.utf8.startIndex, to: byte.lowerBound))
        #expect(error.description == "coins[1].rate: expected a number, found a string at byte \(error.byte)")
        let absent = try #require(throws: JSONError.self) { try coins.elements()[0].requiredMember("cap") }
        #expect(absent.description == #"coins[0]: the member "cap" is missing at byte 1"#)
    }

    @Test(
        "each accessor refuses every other kind",
        arguments: ["{}", "[]", "\"\"", "0", "true", "null"])
    func kinds(_ text: String) throws {
        let cursor = try JSONCursor(text: text)

        #expect(((try? cursor.members()) != nil) == (cursor.kind == .object))
        #expect(((try? cursor.member("a")) != nil) == false)
        #expect(((try? cursor.elements()) != nil) == (cursor.kind == .array))
        #expect(((try? cursor.string()) != nil) == (cursor.kind == .string))
        #expect(((try? cursor.double()) != nil) == (cursor.kind == .number))
        #expect(((try? cursor.int64()) != nil) == (cursor.kind == .number))
        #expect(((try? cursor.numberText()) != nil) == (cursor.kind == .number))
        #expect(((try? cursor.boolean()) != nil) == (cursor.kind == .boolean))
        #expect(cursor.isNull == (cursor.kind == .null))
    }

    @Test(
        "a syntax error says where it is",
        arguments: [
            (#"[{"code":"BTC"},{"code":tru}]"#, "coins[1].code", 27),
            (#"[1,2,{"a b":[0,01]}]"#, #"coins[2]["a b"][1]"#, 15),
            (#"{"a":{"b":1,}}"#, "coins.a", 12),
            ("<html>", "coins", 0), ("", "coins", 0), ("[1] 2", "coins", 4), (#"{"a":"\q"}"#, "coins.a", 6),
        ])
    func syntaxPaths(text: String, path: String, byte: Int) throws {
        let error = try #require(throws: JSONError.self) { try JSONCursor(text: text, name: "coins") }

        #expect(error.path == path)
        #expect(error.byte == byte)
    }

    @Test("a path never shows much of a hostile name, nor anything that upsets a terminal")
    func hostileNames() throws {
        let name = "\u{1B}[31m\u{202E}" + String(repeating: "x", count: 10_000)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(name, "secret-value")
        writer.endObject()

        let value = try #require(try JSONCursor(writer.bytes).member(name))
        let error = try #require(throws: JSONError.self) { try value.double() }
        #expect(
            error.description == #"$["_[31m_xxxxxxxxxxxxxxxxxx…"]: expected a number, found a string at byte 10017"#)
    }

    @Test("of a deep place only the last steps are shown")
    func deepPaths() throws {
        let text = String(repeating: #"{"a":"#, count: 40) + "x" + String(repeating: "}", count: 40)

        let error = try #require(throws: JSONError.self) { try JSONCursor(text: text) }
        #expect(error.path == "$…" + String(repeating: ".a", count: 12))
    }

    @Test("of a name that occurs twice the first wins, and spellings that look alike are different names")
    func duplicates() throws {
        let object = try JSONCursor(text: "{\"a\":1,\"\\u0061\":2,\"\u{E9}\":3,\"e\u{301}\":4}")

        #expect(try object.member("a")?.int64() == 1)
        #expect(try object.members().map { try $0.value.int64() } == [1, 3, 4])
        #expect(try object.member("\u{E9}")?.int64() == 3)
        #expect(try object.member("e\u{301}")?.int64() == 4)
    }

    @Test("a name is found however it is escaped, and never by a part of it")
    func escapedNames() throws {
        let object = try JSONCursor(text: #"{"rate2":1,"rat":2,"r\u0061te":3,"a\\n":4,"a\n":5,"":6,"\u0000":7}"#)

        #expect(try object.member("rate")?.int64() == 3)
        #expect(try object.member(#"a\n"#)?.int64() == 4)
        #expect(try object.member("a\n")?.int64() == 5)
        #expect(try object.member("")?.int64() == 6)
        #expect(try object.member("\u{0}")?.int64() == 7)
        #expect(try object.member("ra") == nil)
    }

    @Test("the raw text of a value is its own bytes without the space around it")
    func rawBytes() throws {
        let object = try JSONCursor(text: #" { "a" : [ 1 , 2 ] , "b":-1.50e+2 } "#)

        #expect(String(decoding: object.rawBytes, as: UTF8.self) == #"{ "a" : [ 1 , 2 ] , "b":-1.50e+2 }"#)
        let list = try #require(try object.member("a"))
        #expect(String(decoding: list.rawBytes, as: UTF8.self) == "[ 1 , 2 ]")
        #expect(try object.member("b")?.numberText() == "-1.50e+2")
    }

    // MARK: Limits

    @Test("the last allowed depth is accepted, one more is refused")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }

        #expect(throws: Never.self) { try JSONCursor(text: nested(64)) }
        let error = try #require(throws: JSONError.self) { try JSONCursor(text: nested(65)) }
        #expect(error.reason == .tooDeep(depthMax: 64))
        #expect(error.byte == 64)
        #expect(throws: Never.self) { try JSONCursor(text: "1", limits: JSONLimits(depthMax: 0)) }
        #expect(throws: JSONError.self) { try JSONCursor(text: "[]", limits: JSONLimits(depthMax: 0)) }
    }

    @Test("a limit on depth above the ceiling is cut to it, so that no document can exhaust the stack")
    func depthCeiling() throws {
        let limits = JSONLimits(depthMax: .max)
        let depth = JSONLimits.depthCeiling
        let text = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)

        var place = try JSONCursor(text: text, limits: limits)
        while let inner = place.kind == .object ? try place.member("a") : nil { place = inner }
        #expect(try place.int64() == 1)
        let million = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONError.self) { try JSONCursor(text: million, limits: limits) }
    }

    @Test("the last allowed size is accepted, one byte more is refused")
    func size() throws {
        let limits = JSONLimits(bytesMax: 8)

        #expect(throws: Never.self) { try JSONCursor(text: "[123456]", limits: limits) }
        let error = try #require(throws: JSONError.self) { try JSONCursor(text: "[1234567]", limits: limits) }
        #expect(error.reason == .tooLarge(bytes: 9, bytesMax: 8))
    }
}
