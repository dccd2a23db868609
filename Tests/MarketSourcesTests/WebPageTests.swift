import CoinlineBase
import Testing

@testable import MarketSources

@Suite("Web pages in the place of answers")
struct WebPageTests {
    @Test(
        "of a web page the title is told, of anything else the beginning",
        arguments: [
            ("<!DOCTYPE html><html><head><title>502 Bad\nGateway</title></head>", "a web page titled 502 Bad Gateway"),
            ("  <html><body>no title</body>", "  <html><body>no title</body>"), ("plain <title>x</title>", nil),
            ("", ""),
        ] as [(String, String?)])
    func excerpt(body: String, expected: String?) {
        #expect(BodyExcerpt.text(Array(body.utf8), hiding: Secret("a-long-key")) == expected ?? body)
    }

    @Test("a key that the body repeats is hidden each time, also where it would come into view by hiding another")
    func repeatedKey() {
        let key = String(repeating: "k3y-", count: 9)
        let body =
            key + String(repeating: "x", count: 170) + key + "\u{301}" + String(repeating: "y", count: 5_000) + key

        let text = BodyExcerpt.text(Array(body.utf8), hiding: Secret(key))

        #expect(!text.contains("k3y-") && text.hasPrefix("‹redacted›x"))
    }
}
