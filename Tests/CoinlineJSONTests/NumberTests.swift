import CoinlineJSON
import TestKit
import Testing

@Suite("Numbers in JSON")
struct NumberTests {
    private func double(_ text: String) throws -> Double { try JSONCursor(text: text).double() }
    private func int64(_ text: String) throws -> Int64 { try JSONCursor(text: text).int64() }

    @Test(
        "a double is the nearest one",
        arguments: [
            ("0", 0), ("1", 1), ("-1.5", -1.5), ("1e3", 1000), ("0.00000000012", 1.2e-10), ("1.2E-10", 1.2e-10),
            ("123456789012345", 123_456_789_012_345), ("0.99906956237183553", 0.99906956237183553),
            ("1.1079815049231357e-05", 1.1079815049231357e-05), ("1e22", 1e22), ("1e23", 1e23), ("1e-22", 1e-22),
            ("1e-23", 1e-23), ("9007199254740993", 9_007_199_254_740_992),
            ("1.7976931348623157e308", .greatestFiniteMagnitude),
            ("5e-324", .leastNonzeroMagnitude), ("2.2250738585072014e-308", .leastNormalMagnitude), ("1e-400", 0),
            ("0e999999", 0),
            ("0.000000000000000000000001", 1e-24), ("1000000000000000000000000", 1e24),
            ("589000000000000000000", 5.89e20),
        ])
    func doubles(text: String, expected: Double) throws {
        #expect(try double(text).bitPattern == expected.bitPattern)
    }

    @Test("a negative zero keeps its sign as a double and is 0 as an integer")
    func negativeZero() throws {
        #expect(try double("-0").bitPattern == (-0.0).bitPattern)
        #expect(try double("-0.0e5").bitPattern == (-0.0).bitPattern)
        #expect(try int64("-0.0") == 0)
    }

    @Test("a number beyond the range of a double is an error of that value only")
    func tooLarge() throws {
        let values = try JSONCursor(text: "[1e400,2,-1e400,1e99999999999999999999]").elements()

        for index in [0, 2, 3] {
            let error = try #require(throws: JSONError.self) { try values[index].double() }
            #expect(error.path == "$[\(index)]")
            #expect(error.reason == .outOfRange(of: "Double"))
        }
        #expect(try values[1].double() == 2)
        #expect(try values[0].numberText() == "1e400")
    }

    @Test("digits beyond the exact path agree with the standard library")
    func randomDoubles() throws {
        let seed = SeededGenerator.seed
        var generator = SeededGenerator()
        for _ in 0..<5_000 {
            let digits = (0..<Int.random(in: 1...25, using: &generator)).map { _ in
                String(Int.random(in: 0...9, using: &generator))
            }
            let exponent = Int.random(in: -340...300, using: &generator)
            let text = "\(Int.random(in: 1...9, using: &generator)).\(digits.joined())e\(exponent)"
            let expected = try #require(Double(text))
            guard expected.isFinite else { continue }
            #expect(try double(text).bitPattern == expected.bitPattern, "seed \(seed): \(text)")
        }
    }

    @Test("every double that is written is read back bit by bit")
    func doubleRoundTrips() throws {
        let seed = SeededGenerator.seed
        var generator = SeededGenerator()
        for _ in 0..<10_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            var writer = JSONWriter()
            writer.value(value)
            #expect(try double(writer.text).bitPattern == value.bitPattern, "seed \(seed): \(writer.text)")
        }
    }

    @Test(
        "whole numbers are exact in every spelling",
        arguments: [
            ("0", 0), ("1", 1), ("-1", -1), ("1.0", 1), ("1.000", 1), ("1e3", 1000), ("1.5e1", 15), ("100e-2", 1),
            ("-12.50e2", -1250), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9007199254740993", 9_007_199_254_740_993), ("9.223372036854775807e18", Int64.max),
            ("922337203685477580700e-2", Int64.max), ("1000000000000000000", 1_000_000_000_000_000_000),
            ("0e99999999999999999999", 0), ("0.0", 0), ("1E+18", 1_000_000_000_000_000_000), ("-0", 0),
        ])
    func integers(text: String, expected: Int64) throws {
        #expect(try int64(text) == expected)
    }

    @Test(
        "what is not whole or does not fit is refused",
        arguments: [
            ("0.5", JSONError.Reason.notWhole), ("1.0000000000000000000001", .notWhole), ("1e-1", .notWhole),
            ("1e-99999999999999999999", .notWhole), ("9223372036854775808", .outOfRange(of: "Int64")),
            ("-9223372036854775809", .outOfRange(of: "Int64")), ("1e19", .outOfRange(of: "Int64")),
            ("18446744073709551616", .outOfRange(of: "Int64")), ("1e99999999999999999999", .outOfRange(of: "Int64")),
            ("99999999999999999999999", .outOfRange(of: "Int64")), ("9.3e18", .outOfRange(of: "Int64")),
        ])
    func refusedIntegers(text: String, reason: JSONError.Reason) throws {
        let error = try #require(throws: JSONError.self) { try int64(text) }
        #expect(error.reason == reason)
    }

    @Test("a number of a hundred thousand digits costs one value and little time", .onOwnThreads)
    func longNumbers() throws {
        let zeros = String(repeating: "0", count: 100_000)

        #expect(throws: JSONError.self) { try double("1" + zeros) }
        #expect(throws: JSONError.self) { try int64("1" + zeros) }
        #expect(try double("0." + zeros + "1") == 0)
        #expect(try double("1." + zeros) == 1)
        #expect(try int64("1." + zeros) == 1)
        #expect(try int64("5" + zeros + "e-100000") == 5)
    }
}
