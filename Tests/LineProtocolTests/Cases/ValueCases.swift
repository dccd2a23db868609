import LineProtocol

// Every form of a value that is read or refused.
extension LineCase {
    static let floats: [LineCase] = [
        float("one", "1", 1), float("minus one", "-1", -1), float("a fraction", "1.5", 1.5),
        float("point first", ".5", 0.5, text: "0.5"), float("point last", "5.", 5, text: "5"),
        float("minus and point first", "-.5", -0.5, text: "-0.5"), float("minus, point last", "-5.", -5, text: "-5"),
        float("exponent", "1e5", 1e5, text: "100000"), float("capital exponent", "1E5", 1e5, text: "100000"),
        float("negative exponent", "1E-5", 1e-5, text: "1e-05"), float("plus in the exponent", "1e+16", 1e16),
        float("point, then exponent", "1.e+3", 1_000, text: "1000"),
        float("point first and exponent", ".5e1", 5, text: "5"),
        float("zeros around", "007.50", 7.5, text: "7.5"),
        float("whole with a fraction of zero", "42.0", 42, text: "42"),
        float("zero", "0", 0), float("minus zero", "-0", -0.0),
        float("minus zero with a point", "-0.0", -0.0, text: "-0"),
        float("the greatest", "1.7976931348623157e308", .greatestFiniteMagnitude, text: "1.7976931348623157e+308"),
        float("the least", "5e-324", .leastNonzeroMagnitude),
        float("too small is zero", "1e-400", 0, text: "0"),
        float("too small and negative is minus zero", "-1e-400", -0.0, text: "-0"),
        float("seventeen digits", "0.30000000000000004", 0.1 + 0.2),
        float(
            "more digits than a double has", "123456789.123456789", 123_456_789.123_456_79, text: "123456789.12345679"),
        float("a whole number of 24 digits", "100000000000000000000000", 1e23, text: "1e+23"),
        float("2^53", "9007199254740992", 0x1p53), float("more than the shortest form", "0.1000", 0.1, text: "0.1"),
        badValue(.float, "plus sign", "+1", .unknownValue(fieldKey: "v", text: "+1")),
        badValue(.float, "not a number", "NaN", .unknownValue(fieldKey: "v", text: "NaN")),
        badValue(.float, "not a number, negative", "-nan", .badFloat(fieldKey: "v", text: "-nan")),
        badValue(.float, "infinite", "Inf", .unknownValue(fieldKey: "v", text: "Inf")),
        badValue(.float, "infinite, negative", "-Inf", .badFloat(fieldKey: "v", text: "-Inf")),
        badValue(.float, "hexadecimal", "0x10", .badFloat(fieldKey: "v", text: "0x10")),
        badValue(.float, "hexadecimal with an exponent", "0x1p4", .badFloat(fieldKey: "v", text: "0x1p4")),
        badValue(.float, "underscores", "1_000", .badFloat(fieldKey: "v", text: "1_000")),
        badValue(.float, "a point alone", ".", .badFloat(fieldKey: "v", text: ".")),
        badValue(.float, "a minus alone", "-", .badFloat(fieldKey: "v", text: "-")),
        badValue(.float, "two minus signs", "--1", .badFloat(fieldKey: "v", text: "--1")),
        badValue(.float, "two points", "1.2.3", .badFloat(fieldKey: "v", text: "1.2.3")),
        badValue(.float, "no digits in the exponent", "1e", .badFloat(fieldKey: "v", text: "1e")),
        badValue(.float, "a sign alone in the exponent", "1e+", .badFloat(fieldKey: "v", text: "1e+")),
        badValue(.float, "a fraction in the exponent", "1e1.5", .badFloat(fieldKey: "v", text: "1e1.5")),
        badValue(.float, "no digits before the exponent", ".e1", .badFloat(fieldKey: "v", text: ".e1")),
        badValue(.float, "too great", "1e400", .valueOutOfRange(fieldKey: "v", text: "1e400")),
        badValue(.float, "too great and negative", "-2e308", .valueOutOfRange(fieldKey: "v", text: "-2e308")),
        badValue(.float, "a letter inside", "2a.0", .badFloat(fieldKey: "v", text: "2a.0")),
        badValue(.float, "nothing before a comma", ",w=1", .fieldValueMissing(fieldKey: "v")),
        badValue(.float, "a tab behind", "1\t", .badFloat(fieldKey: "v", text: "1\t")),
        badValue(.float, "NUL behind", "1\u{0}", .badFloat(fieldKey: "v", text: "1\u{0}")),
        badValue(.float, "a decimal comma", "1,5", .fieldEqualsMissing(fieldKey: "5", found: nil), column: 8),
        badValue(.float, "digits of another script", "١", .unknownValue(fieldKey: "v", text: "١")),
        badValue(.float, "nothing", "", .fieldValueMissing(fieldKey: "v")),
        badValue(.float, "a space", " 1", .fieldValueMissing(fieldKey: "v")),
        badValue(.float, "a word", "abc", .unknownValue(fieldKey: "v", text: "abc")),
        .unwritable(.float, "not a number and no other field", point(.float(.nan)), .noFields, .point),
        .unwritable(.float, "infinite and no other field", point(.float(-.infinity)), .noFields, .point),
        .written(
            .float, "not finite, beside another field",
            Point(measurement: "m", fields: [Field("a", .float(.infinity)), Field("b", .float(2))]), "m b=2"),
        .written(.float, "a whole number above 2^53", point(.float(1e22)), "m v=1e+22"),
    ]

    static let wholeNumbers: [LineCase] = [
        .read(.integer, "zero", "m v=0i", point(.integer(0))),
        .read(.integer, "minus zero", "m v=-0i", point(.integer(0)), text: "m v=0i"),
        .read(.integer, "zeros before", "m v=007i", point(.integer(7)), text: "m v=7i"),
        .read(.integer, "the greatest", "m v=9223372036854775807i", point(.integer(.max))),
        .read(.integer, "the least", "m v=-9223372036854775808i", point(.integer(.min))),
        badValue(
            .integer, "one above the greatest", "9223372036854775808i",
            .valueOutOfRange(fieldKey: "v", text: "9223372036854775808i")),
        badValue(
            .integer, "one below the least", "-9223372036854775809i",
            .valueOutOfRange(fieldKey: "v", text: "-9223372036854775809i")),
        badValue(
            .integer, "23 digits", "99999999999999999999999i",
            .valueOutOfRange(fieldKey: "v", text: "99999999999999999999999i")),
        badValue(.integer, "a fraction", "1.5i", .badInteger(fieldKey: "v", text: "1.5i")),
        badValue(.integer, "an exponent", "1e3i", .badInteger(fieldKey: "v", text: "1e3i")),
        badValue(.integer, "no digits", "-i", .badInteger(fieldKey: "v", text: "-i")),
        badValue(.integer, "the letter twice", "1ii", .badInteger(fieldKey: "v", text: "1ii")),
        badValue(.integer, "a capital letter", "1I", .badFloat(fieldKey: "v", text: "1I")),
        badValue(.integer, "plus sign", "+1i", .unknownValue(fieldKey: "v", text: "+1i")),
        badValue(.integer, "the letter alone", "i", .unknownValue(fieldKey: "v", text: "i")),
        .read(.unsigned, "zero", "m v=0u", point(.unsigned(0))),
        .read(.unsigned, "zeros before", "m v=00u", point(.unsigned(0)), text: "m v=0u"),
        .read(.unsigned, "the greatest", "m v=18446744073709551615u", point(.unsigned(.max))),
        badValue(
            .unsigned, "one above the greatest", "18446744073709551616u",
            .valueOutOfRange(fieldKey: "v", text: "18446744073709551616u")),
        badValue(.unsigned, "negative", "-1u", .badUnsigned(fieldKey: "v", text: "-1u")),
        badValue(.unsigned, "minus zero", "-0u", .badUnsigned(fieldKey: "v", text: "-0u")),
        badValue(.unsigned, "a point", "1.u", .badUnsigned(fieldKey: "v", text: "1.u")),
        .unwritable(.unsigned, "for a server without them", point(.unsigned(1)), .unsignedValue, .fieldValue)
            .with(dialect: .influx1),
    ]

    static let booleans: [LineCase] = [
        boolean("t", true), boolean("T", true), boolean("true", true), boolean("True", true), boolean("TRUE", true),
        boolean("f", false), boolean("F", false), boolean("false", false), boolean("False", false),
        boolean("FALSE", false), noBoolean("tRue"), noBoolean("tr"), noBoolean("falsee"), noBoolean("fALSE"),
        noBoolean("TRue"),
        badValue(.boolean, "yes is none", "yes", .unknownValue(fieldKey: "v", text: "yes")),
        badValue(.boolean, "a digit before", "1t", .badFloat(fieldKey: "v", text: "1t")),
        badValue(.boolean, "a word behind", "t x", .badTimestamp(text: "x"), column: 7),
    ]

    private static func boolean(_ form: String, _ value: Bool) -> LineCase {
        .read(.boolean, "\(form) is \(value)", "m v=\(form)", point(.boolean(value)), text: "m v=\(value ? "t" : "f")")
    }

    private static func noBoolean(_ form: String) -> LineCase {
        badValue(.boolean, "\(form) is none", form, .badBoolean(fieldKey: "v", text: form))
    }

    private static func float(_ name: String, _ form: String, _ value: Double, text: String? = nil) -> LineCase {
        .read(.float, name, "m v=\(form)", point(.float(value)), text: "m v=\(text ?? form)")
    }

    private static func badValue(
        _ rule: Rule, _ name: String, _ form: String, _ reason: LineParsingError.Reason, column: Int = 5
    ) -> LineCase {
        .bad(rule, name, "m v=\(form)", column, reason)
    }
}
