import CoinlineBase
import MarketData
import Testing

@testable import MarketSources

private let noon = UTCTime(seconds: 1_760_011_200)
private let nextMidnight = UTCTime(seconds: 1_760_054_400)

@Suite("The count of credits")
struct CreditLedgerTests {
    @Test("knows nothing of what is left before the service said it")
    func unknown() {
        var ledger = CreditLedger()

        ledger.spend(at: noon)

        #expect(ledger.made == 1 && ledger.remaining(at: noon) == nil)
    }

    @Test("counts down from what the service said, not below nothing")
    func countsDown() {
        var ledger = CreditLedger()
        ledger.learn(Credits(remaining: 2, limit: 10), at: noon)

        for expected: Int64 in [1, 0, 0] {
            ledger.spend(at: noon)
            #expect(ledger.remaining(at: noon) == expected)
        }
        #expect(ledger.made == 3)
    }

    @Test("credits are renewed at midnight UTC, not a second before")
    func renewal() {
        var ledger = CreditLedger()
        ledger.learn(Credits(remaining: 2, limit: 10), at: noon)

        #expect(ledger.remaining(at: nextMidnight.advanced(by: .seconds(-1))) == 2)
        #expect(ledger.remaining(at: nextMidnight) == 10)
        ledger.spend(at: nextMidnight)
        #expect(ledger.remaining(at: nextMidnight) == 9)
    }

    @Test("a clock that goes back renews nothing")
    func clockGoesBack() {
        var ledger = CreditLedger()
        ledger.learn(Credits(remaining: 0, limit: 10), at: nextMidnight)

        #expect(ledger.remaining(at: noon) == 0)
        #expect(ledger.remaining(at: nextMidnight) == 0)
    }
}

@Suite("The check of the clock")
struct ClockCheckTests {
    @Test("an upstream's time between sending and receiving is no skew", arguments: [-1, 0, 15, 30])
    func inside(seconds: Int64) {
        let skew = ClockCheck.skew(
            sentAt: noon, receivedAt: noon.advanced(by: .seconds(30)), upstream: noon.advanced(by: .seconds(seconds)))

        #expect(skew == .zero)
    }

    @Test("a clock is ahead or behind by what lies outside")
    func outside() {
        let receivedAt = noon.advanced(by: .seconds(2))

        #expect(
            ClockCheck.skew(sentAt: noon, receivedAt: receivedAt, upstream: noon.advanced(by: .seconds(-100)))
                == .seconds(99))
        #expect(
            ClockCheck.skew(sentAt: noon, receivedAt: receivedAt, upstream: noon.advanced(by: .seconds(100)))
                == .seconds(-98))
        #expect(ClockCheck.skew(local: receivedAt, upstream: noon) == .seconds(2))
    }

    @Test(
        "a minute is accepted and no more, in either direction",
        arguments: [
            (Duration.seconds(60), 1.0, true), (.seconds(60) + .nanoseconds(1), 1, false), (.seconds(-60), 1, true),
            (.seconds(-61), 1, false), (.seconds(6_000), 100, true), (.seconds(6_001), 100, false),
            // A slow test clock does not make the check finer than a date's second allows.
            (.seconds(60), 0.001, true),
        ])
    func limit(skew: Duration, speed: Double, isAcceptable: Bool) {
        #expect(ClockCheck.isAcceptable(skew, speed: speed) == isAcceptable)
    }
}

@Suite("Excerpts of bodies")
struct BodyExcerptTests {
    private let key = Secret("planted-key")

    @Test(
        "control characters are replaced",
        arguments: [
            ("<html>\r\n<b>x</b>", "<html> <b>x</b>"), ("a\u{0}\u{1B}[31m", "a__[31m"), ("\u{202E}abc", "_abc"),
            ("a\tb\u{7F}\u{85}", "a b__"), ("é🚀", "é🚀"), ("", ""),
        ])
    func controlCharacters(body: String, expected: String) {
        let excerpt = BodyExcerpt.text(Array(body.utf8), hiding: key)

        #expect(excerpt.replacing("  ", with: " ") == expected)
    }

    @Test("at most 200 bytes are kept, and no half character")
    func length() {
        #expect(BodyExcerpt.text(Array(repeating: UInt8(ascii: "x"), count: 5_000), hiding: key).utf8.count == 200)
        let rockets = BodyExcerpt.text(Array(("x" + String(repeating: "🚀", count: 100)).utf8), hiding: key)
        #expect(rockets.utf8.count == 197 && rockets.hasSuffix("🚀"))
    }

    @Test("bytes that are no text do no harm")
    func notText() {
        let excerpt = BodyExcerpt.text([0xFF, 0xFE, 0x41, 0xC3], hiding: key)

        #expect(excerpt == "\u{FFFD}\u{FFFD}A\u{FFFD}")
    }

    @Test(
        "a key that is repeated is hidden, also where the cut would fall into it", arguments: [0, 150, 190, 195, 199])
    func key(offset: Int) {
        let body = String(repeating: "x", count: offset) + "planted-key and more"

        let excerpt = BodyExcerpt.text(Array(body.utf8), hiding: key)

        #expect(!excerpt.contains("plant") && excerpt.utf8.count <= 200)
    }
}
