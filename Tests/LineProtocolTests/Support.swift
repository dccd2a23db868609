import Foundation
import LineProtocol
import Testing

/// 2025-10-09T08:53:20Z, the time of most points here.
let someTime = Timestamp(nanoseconds: 1_760_000_000_000_000_000)

/// The line of one point without its newline; the error where it is refused.
func line(
    of point: Point, precision: Precision = .milliseconds, dialect: Dialect = .influx2, text: TextPolicy = .refuse
) throws -> String {
    var encoder = LineEncoder(precision: precision, dialect: dialect, text: text)
    try encoder.append(point)
    let bytes = encoder.copyBytes()
    #expect(bytes.last == 0x0A)
    return String(decoding: bytes.dropLast(), as: UTF8.self)
}

/// The reason for which a point is refused; nil when it is not.
func refusal(
    of point: Point, precision: Precision = .milliseconds, dialect: Dialect = .influx2, text: TextPolicy = .refuse
) -> LineEncodingError? {
    var encoder = LineEncoder(precision: precision, dialect: dialect, text: text)
    do throws(LineEncodingError) {
        try encoder.append(point)
        return nil
    } catch {
        #expect(encoder.byteCount == 0 && encoder.lineCount == 0)
        return error
    }
}

/// What a reader finds of a point that was written: tags sorted and with a value, fields that are finite, whole units.
func asWritten(_ point: Point, _ precision: Precision) -> Point {
    var written = point
    written.tags = point.tags.filter { !$0.value.utf8.isEmpty }
        .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    written.fields = point.fields.filter { field in
        if case .float(let number) = field.value { number.isFinite } else { true }
    }
    written.time = point.time.flatMap { Timestamp($0.value(in: precision), precision: precision) }
    return written
}

/// Equal, and floats bit by bit.
func isSame(_ left: Point, _ right: Point) -> Bool {
    left == right
        && zip(left.fields, right.fields).allSatisfy { pair in
            guard case (.float(let a), .float(let b)) = (pair.0.value, pair.1.value) else { return true }
            return a.bitPattern == b.bitPattern
        }
}

/// Reads everything; errors and points in their order.
func parseAll(_ bytes: [UInt8], precision: Precision = .nanoseconds) -> (
    lines: [ParsedLine], errors: [LineParsingError]
) {
    var parser = LineParser(bytes, precision: precision)
    var lines: [ParsedLine] = []
    var errors: [LineParsingError] = []
    // Each call that does not end the reading takes a byte at least.
    for _ in 0...bytes.count + 1 {
        do throws(LineParsingError) {
            guard let line = try parser.next() else { return (lines, errors) }
            lines.append(line)
        } catch {
            errors.append(error)
        }
    }
    Issue.record("the parser does not come to an end")
    return (lines, errors)
}

func parseAll(_ text: String, precision: Precision = .nanoseconds) -> (lines: [ParsedLine], errors: [LineParsingError])
{
    parseAll(Array(text.utf8), precision: precision)
}
