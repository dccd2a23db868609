import TestKit
import Testing

/// Lines beyond the recorded ones: what the server's scanner says of each, as its source has it.
@Suite("Lines as InfluxDB 2 reads them", .timeLimit(.minutes(2)))
struct LineReaderTests {
    @Test(
        "a bad line is told with its reason",
        arguments: [
            ("m ", "invalid field format"), ("m =1", "missing field key"), ("m a=1,=2", "missing field key"),
            ("m a=1,b", "invalid field format"), ("m a=,b=1", "missing field value"),
            ("m a=1 -", parse("-", "invalid syntax")),
            ("m a=1 1-", "bad timestamp"), ("m a=1 1 2", "point is invalid"), ("m a=1.2.3", "invalid number"),
            ("m a=1e", "invalid float"), ("m a=1e400", "invalid float"), ("m a=.", "invalid number"),
            ("m a=-", "invalid number"), ("m a=-i", "invalid number"), ("m a=1i2", "invalid number"),
            ("m a=1iu", "invalid number"), ("m a=i", "invalid boolean"), ("m a=nan", "invalid number"),
            ("m a=1\t", "invalid number"), ("m a=truee", "invalid boolean"), ("m a=\"x", "unbalanced quotes"),
            ("m,a", "missing tag value"), ("m,a v=1", "missing tag value"), ("m,a=1", "missing fields"),
            ("m,a=1,", "missing tag key"), ("m,b=1,a=1,b=2 v=1", "duplicate tags"),
            ("m,\u{0}=1 v=1", "cannot use reserved tag key \"\\x00\""),
            (",v=1", "missing measurement"), ("m v=1 9223372036855", "time outside range"),
        ])
    func bad(line: String, reason: String) async throws {
        let fake = try FakeInfluxDB2()

        let answer = try await write("\(line)\n", fake, precision: line.hasSuffix("855") ? "ms" : "ns")

        #expect(answer.status == 400)
        #expect(answer.message.hasPrefix("unable to parse '\(line)': \(reason)"), "\(answer.message)")
        #expect(fake.points(in: "crypto_data") == [])
        await fake.stop()
    }

    @Test(
        "a good line is stored",
        arguments: [
            ("\t m v=1 1", "m", "v", FakeInfluxDB2.StoredValue.float(1)),
            ("m\\,a\\ b\\=c v=1 1", "m,a b=c", "v", .float(1)),
            ("m v=1. 1", "m", "v", .float(1)), ("m v=-.5 1", "m", "v", .float(-0.5)),
            ("m v=1.e2 1", "m", "v", .float(100)),
            ("m v=00012345678901234567890 1", "m", "v", .float(12_345_678_901_234_567_168)),
            ("m v=-0 1", "m", "v", .float(0)), ("m v=1E+2 1", "m", "v", .float(100)),
            ("m v=007i 1", "m", "v", .integer(7)),
            ("m a\\=b\\,c\\ d=1u 1", "m", "a=b,c d", .unsigned(1)), ("m \"v\"=F 1", "m", "\"v\"", .boolean(false)),
            ("m v=\"a\\\\\\\"b\\c\" 1", "m", "v", .string("a\\\"b\\c")),
            ("m v=\"=,\\\\\" 1", "m", "v", .string("=,\\")),
            ("m v=1 1   ", "m", "v", .float(1)), ("m\\\\n v=t 1", "m\\\\n", "v", .boolean(true)),
        ])
    func good(line: String, measurement: String, field: String, value: FakeInfluxDB2.StoredValue) async throws {
        let fake = try FakeInfluxDB2()

        let answer = try await write("# comment\n\n\(line)", fake)

        let point = FakeInfluxDB2.StoredPoint(measurement: measurement, tags: [:], fields: [field: value], time: 1)
        #expect(answer.status == 204, "\(answer.message)")
        #expect(fake.points(in: "crypto_data") == [point])
        await fake.stop()
    }

    @Test("series and field together have a longest key, escapes counted")
    func keyLength() async throws {
        let fake = try FakeInfluxDB2()
        func line(_ count: Int) -> String { "m,t=\(String(repeating: "\\ ", count: count / 2)) field=1 1\n" }

        let last = try await write(line(65_535 - 4 - 5 - 4), fake)
        let refused = try await write(line(65_535 - 4 - 5 - 4 + 2), fake)

        #expect(last.status == 204)
        #expect(refused.status == 400)
        #expect(refused.message.hasSuffix("max key length exceeded: 65537 > 65535"))
        await fake.stop()
    }
}

private func parse(_ text: String, _ reason: String) -> String {
    "strconv.ParseInt: parsing \"\(text)\": \(reason)"
}
