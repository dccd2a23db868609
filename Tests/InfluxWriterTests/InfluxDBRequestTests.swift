import CoinlineHTTP
import Testing

@testable import InfluxWriter

@Suite("InfluxDB: requests and addresses")
struct InfluxDBRequestTests {
    private func write(_ configuration: InfluxDB.Configuration, bucket: String = "b", bytes: Int = 3) throws
        -> HTTPRequest
    {
        try WriteRequests(configuration).write(
            [UInt8](repeating: 1, count: bytes), precision: .milliseconds, to: Bucket(bucket))
    }

    @Test("a write to the 2.x API")
    func v2() throws {
        let request = try write(influxConfiguration())

        #expect(request.method == "POST")
        #expect(request.url == "http://localhost:8086/api/v2/write?org=market&bucket=b&precision=ms")
        #expect(
            request.headers.map(\.description) == [
                "Content-Type: text/plain; charset=utf-8", "Accept: application/json",
                "Authorization: Token ‹redacted›", "Content-Encoding: gzip",
            ])
        #expect(request.body == [1, 1, 1])
        #expect(request.answerBytesMax == 65_536)
    }

    @Test(
        "a write to the 1.x API, to a database or a retention policy of one",
        arguments: [
            ("db", "db=db"), ("db/rp", "db=db&rp=rp"), ("a b/c/d", "db=a%20b&rp=c%2Fd"), ("db/", "db=db&rp="),
        ])
    func v1(bucket: String, query: String) throws {
        let request = try write(influxConfiguration(api: .v1), bucket: bucket)

        #expect(request.url == "http://localhost:8086/write?\(query)&precision=ms")
    }

    @Test("a path in front of the API's own stays", arguments: ["/insert/0/influx", "/insert/0/influx/", "/a//"])
    func prefix(path: String) throws {
        let base = path == "/a//" ? "/a" : "/insert/0/influx"

        let request = try write(influxConfiguration("http://vm:8480" + path, organization: nil))

        #expect(request.url == "http://vm:8480\(base)/api/v2/write?bucket=b&precision=ms")
    }

    @Test("names are percent-encoded byte by byte")
    func encoding() throws {
        let request = try write(influxConfiguration(organization: "a&b=c d/ü+%"), bucket: "x?#y~_-.")

        #expect(request.url.hasSuffix("?org=a%26b%3Dc%20d%2F%C3%BC%2B%25&bucket=x%3F%23y~_-.&precision=ms"))
    }

    @Test("without a token there is no authorization, and an empty organisation is none")
    func bare() throws {
        let request = try write(influxConfiguration(token: nil, organization: ""))
        let empty = try write(influxConfiguration(token: "", organization: nil))

        #expect(!request.headers.contains { $0.name == "Authorization" })
        #expect(!empty.headers.contains { $0.name == "Authorization" })
        #expect(!request.url.contains("org="))
    }

    @Test("the deadline grows with the body")
    func deadline() throws {
        #expect(try write(influxConfiguration(), bytes: 0).deadline == .seconds(30))
        #expect(try write(influxConfiguration(), bytes: 1 << 20).deadline == .milliseconds(30_000 + 10_240))
    }

    @Test("an empty write has no encoding")
    func emptyWrite() throws {
        let request = try WriteRequests(influxConfiguration()).emptyWrite(to: Bucket("b"))

        #expect(request.body == [])
        #expect(!request.headers.contains { $0.name == "Content-Encoding" })
    }

    @Test(
        "an address that cannot be used is refused with its reason",
        arguments: [
            ("", "begins with"), ("localhost:8086", "begins with"), ("ftp://h", "begins with"), ("://h", "begins with"),
            ("http://", "no host"), ("http:///x", "no host"), ("http://:8086", "no host"), ("http://[]:1", "no host"),
            ("http://h:", "port is missing"), ("http://h:0", "no number"), ("http://h:65536", "no number"),
            ("http://h:8a", "no number"), ("http://h:+1", "no number"), ("http://h x", "blanks"),
            ("http://h/\n", "control"), ("http://user:pw@h", "token"), ("http://h?x=1", "query"),
            ("http://h/#f", "fragment"),
            ("http://[::1]x", "host cannot be read"),
        ])
    func badAddress(url: String, reason: String) {
        do {
            _ = try InfluxDB(influxConfiguration(url))
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(reason))
            #expect(!error.description.contains("pw"))
        }
    }

    @Test(
        "addresses of all kinds are taken",
        arguments: [
            ("http://h", "http://h"), ("HTTPS://H:443/", "https://H:443"),
            ("http://[::1]:8086/x/", "http://[::1]:8086/x"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"), ("http://h:65535/a/b", "http://h:65535/a/b"),
            ("https://[fe80::1]", "https://[fe80::1]"),
        ])
    func goodAddress(url: String, base: String) throws {
        #expect(try ServerAddress(url).base == base)
    }

    @Test("a token with a line end is refused, and none is ever shown")
    func token() {
        #expect(throws: InfluxDBError.token) { try InfluxDB(influxConfiguration(token: "abc\n")) }
        var dumped = ""
        dump(influxConfiguration(token: "s3cret"), to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect("\(Token("s3cret"))\(String(reflecting: Token("s3cret")))" == "‹redacted›‹redacted›")
    }

    @Test("the 1.x API takes no microseconds, the 2.x API all units")
    func precisions() throws {
        #expect(try Precision.allCases.allSatisfy { try WriteRequests(influxConfiguration()).takes($0) })
        #expect(
            try Precision.allCases.filter { try !WriteRequests(influxConfiguration(api: .v1)).takes($0) } == [
                .microseconds
            ])
    }

    @Test(
        "Base64 of RFC 4648 §10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("ü?>", "w7w/Pg=="),
        ])
    func base64(text: String, expected: String) {
        #expect(TextEncodings.base64(text) == expected)
    }
}
