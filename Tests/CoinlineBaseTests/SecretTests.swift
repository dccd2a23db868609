import CoinlineBase
import Testing

@Suite("Secret")
struct SecretTests {
    private static let planted = "planted-key-0123456789"
    private struct Holder { var key: Secret? = Secret(planted) }

    @Test("no way of printing shows any part of it")
    func printing() {
        let secret = Secret(Self.planted)
        var dumped = ""
        dump(secret, to: &dumped)
        dump(Holder(), to: &dumped)

        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(Holder())", "\([secret])",
            "\(["key": secret])", String(reflecting: Holder()), dumped, "\(Optional(secret) as Any)",
            "\(Mirror(reflecting: secret).children.map { "\($0)" })",
        ]

        for text in texts {
            #expect(!text.contains("planted"))
            #expect(!text.contains("6789"))
        }
        #expect("\(secret)" == "‹redacted›")
        #expect(secret.reveal() == Self.planted)
    }

    @Test(
        "a listing shows the last four characters of a long one only",
        arguments: [
            ("0123456789abcdef", "…cdef"), ("0123456789abcde", "…"), ("", "…"), ("äöü0123456789äöüß", "…äöüß"),
        ])
    func masked(text: String, expected: String) {
        #expect(Secret(text).masked == expected)
    }

    @Test("secrets of the same text are equal")
    func equality() {
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
        #expect(Secret("").isEmpty)
        #expect(!Secret(" ").isEmpty)
    }
}
