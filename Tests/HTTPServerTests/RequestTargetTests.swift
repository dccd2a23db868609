import Testing

@testable import HTTPServer

@Suite("Request targets")
struct RequestTargetTests {
    @Test(
        "are cut and then decoded",
        arguments: [
            ("/", "/", []),
            ("/a/b", "/a/b", []),
            ("/a%20b%2Fc", "/a b/c", []),
            ("/a+b?c+d=e+f", "/a+b", ["c d=e f"]),
            ("/?a=1&b=%26%3D&a=2", "/", ["a=1", "b=&=", "a=2"]),
            ("/?flag&&x=", "/", ["flag=", "x="]),
            ("/?a=b=c?d", "/", ["a=b=c?d"]),
            ("/%E2%82%AC", "/€", []),
            ("/100%", "/100%", []),
            ("/%zz%4", "/%zz%4", []),
            ("/a%00b", "/a\0b", []),
            ("/%2e%2e/x", "/../x", []),
        ])
    func decoding(text: String, path: String, query: [String]) throws {
        let target = try #require(RequestTarget(text, method: "GET"))

        #expect(target.path == path)
        #expect(target.query.map { "\($0.name)=\($0.value)" } == query)
        #expect(target.text == text)
    }

    @Test(
        "in absolute form lose scheme and authority",
        arguments: [
            ("http://host:80/a?b=c", "/a?b=c"), ("HTTPS://host", "/"), ("http://host?x=1", "/?x=1"),
            ("http://h/http://x/", "/http://x/"),
        ])
    func absoluteForm(text: String, target: String) throws {
        #expect(try #require(RequestTarget(text, method: "GET")).text == target)
    }

    @Test(
        "that no request may have are refused",
        arguments: [
            "", "a", "ftp://x/", "http://", "http:///x", "*", "/a#b", "/a\u{1}", "/a b", "/a\tb", "host:80", "/a\u{7F}",
        ])
    func refusals(text: String) {
        #expect(RequestTarget(text, method: "GET") == nil)
    }

    @Test("may be a star for OPTIONS alone")
    func star() {
        #expect(RequestTarget("*", method: "OPTIONS")?.path == "*")
    }
}
