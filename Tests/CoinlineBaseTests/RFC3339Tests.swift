import TestKit
import Testing

@testable import CoinlineBase

@Suite("RFC 3339")
struct RFC3339Tests {
    @Test(
        "what the grammar allows is read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:00z", 0),
            ("1969-12-31T23:59:59Z", -1_000_000_000),
            ("2026-01-01T00:00:00Z", 1_767_225_600_000_000_000),
            ("2000-02-29T12:34:56.789Z", 951_827_696_789_000_000),
            ("1970-01-01T00:00:00.1Z", 100_000_000),
            ("1970-01-01T00:00:00.123456789Z", 123_456_789),
            ("1970-01-01T00:00:00.1234567899Z", 123_456_789),
            ("1970-01-01T00:00:00.00000000099999999999999999999999Z", 0),
            ("1969-12-31T23:59:59.9999999999Z", -1),
            ("1970-01-01T00:00:00+00:00", 0),
            ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T02:30:00+02:30", 0),
            ("1969-12-31T16:00:00-08:00", 0),
            ("1970-01-01T23:59:00+23:59", 0),
            ("1996-12-19T16:39:57-08:00", 851_042_397_000_000_000),
            ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130_000_000),
            // Leap seconds of RFC 3339 §5.8, each the second after it.
            ("1990-12-31T23:59:60Z", 662_688_000_000_000_000),
            ("1990-12-31T15:59:60-08:00", 662_688_000_000_000_000),
            ("1677-09-21T00:12:43.145224192Z", Int64.min),
            ("1677-09-20T00:13:43.145224192-23:59", Int64.min),
            ("2262-04-11T23:47:16.854775807Z", Int64.max),
            ("2262-04-12T23:46:16.854775807+23:59", Int64.max),
        ] as [(String, Int64)])
    func read(text: String, nanoseconds: Int64) {
        #expect(UTCTime(rfc3339: text)?.nanoseconds == nanoseconds)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "Z", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T00:00Z",
            "2026-1-01T00:00:00Z", "26-01-01T00:00:00Z", "02026-01-01T00:00:00Z", "+2026-01-01T00:00:00Z",
            "-026-01-01T00:00:00Z", "2026/01/01T00:00:00Z", "20260101T000000Z", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00.5", "2026-01-01T00:00:00.-5Z", "2026-01-01T00:00:00ZZ",
            "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z\n", "2026-01-01T00:00:00Z\0",
            "2026-01-01T00:00:00+0000", "2026-01-01T00:00:00+00", "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+00:60", "2026-01-01T00:00:00+0:00", "2026-01-01T00:00:00UTC",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
            "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:99Z", "1990-12-31T23:58:60Z",
            "1990-12-30T23:59:60Z", "1990-12-31T23:59:60-08:00", "٢٠٢٦-01-01T00:00:00Z", "2026-01-01T00:00:00Ｚ",
            // The neighbours of the range.
            "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ])
    func refused(text: String) {
        #expect(UTCTime(rfc3339: text) == nil)
    }

    @Test(
        "digits of the second that are not asked for are cut",
        arguments: [
            (0, "1969-12-31T23:59:59Z"), (1, "1969-12-31T23:59:59.9Z"), (3, "1969-12-31T23:59:59.987Z"),
            (9, "1969-12-31T23:59:59.987654321Z"), (12, "1969-12-31T23:59:59.987654321Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ])
    func digits(count: Int, text: String) {
        let time = UTCTime(nanoseconds: 987_654_321 - 1_000_000_000)

        #expect(time.rfc3339(fractionDigits: count) == text)
    }

    @Test("a generated time is read back from its text, at any offset", arguments: [21, 22, 23] as [UInt64])
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let time = UTCTime(nanoseconds: random.anyInt64())
            let text = time.rfc3339(fractionDigits: 9)
            let minutes = Int64.random(in: -1_439...1_439, using: &random)
            let shifted = time.advanced(by: .seconds(minutes * 60))
            let offset =
                "\(minutes < 0 ? "-" : "+")\(padded(Int(abs(minutes) / 60), 2)):\(padded(Int(abs(minutes) % 60), 2))"
            let shiftedText = shifted.rfc3339(fractionDigits: 9).dropLast() + offset

            #expect(UTCTime(rfc3339: text) == time, "seed \(seed), \(text)")
            let isInRange = shifted.nanoseconds != .min && shifted.nanoseconds != .max
            if isInRange { #expect(UTCTime(rfc3339: String(shiftedText)) == time, "seed \(seed), \(shiftedText)") }
        }
    }

    @Test("damaged text is refused or read, and never traps", arguments: [31, 32] as [UInt64])
    func damage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            var bytes = Array("2026-01-01T00:00:00.123456+01:00".utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random) / 4)
            let text = String(decoding: bytes, as: UTF8.self)

            guard let time = UTCTime(rfc3339: text) else { continue }

            #expect(UTCTime(rfc3339: time.description) == time, "seed \(seed), \(text)")
        }
    }
}
