import CoinlineBase
import Testing

@testable import CoinlineHTTP

@Suite("Retry-After")
struct RetryAfterTests {
    private let now = UTCTime(seconds: 1_700_000_000)  // Tue, 14 Nov 2023 22:13:20 GMT

    @Test(
        "seconds and HTTP dates become a wait",
        arguments: [
            ("0", Duration.zero), ("1", .seconds(1)), (" 120\t", .seconds(120)),
            ("Tue, 14 Nov 2023 22:13:30 GMT", .seconds(10)),
            ("Tuesday, 14-Nov-23 22:14:20 GMT", .seconds(60)),
            ("Tue Nov 14 22:13:21 2023", .seconds(1)),
            ("Tue, 14 Nov 2023 22:13:20 GMT", .zero),
            ("Mon, 13 Nov 2023 22:13:20 GMT", .zero),
            ("99999999999999999999999", .seconds(Int64(Int32.max))),
        ])
    func accepted(text: String, expected: Duration) {
        #expect(RetryAfter.parse(text, now: now) == expected)
    }

    @Test("anything else is no wait", arguments: ["", " ", "-1", "1.5", "soon", "1 s", "Tue, 14 Nov", "٣", "+3"])
    func refused(text: String) {
        #expect(RetryAfter.parse(text, now: now) == nil)
    }
}
