import LineProtocol
import Testing

/// The rule that a case is about: the number of its chapter in the facts about servers, and the part of a line.
enum Rule: String, Sendable, CaseIterable {
    case shape = "1.1 shape"
    case measurement = "1.2 measurement"
    case tagKey = "1.2 tag key"
    case tagValue = "1.2 tag value"
    case fieldKey = "1.2 field key"
    case string = "1.2 string field"
    case float = "1.3 float"
    case integer = "1.3 integer"
    case unsigned = "1.3 unsigned"
    case boolean = "1.3 boolean"
    case time = "1.4 timestamp"
    case order = "1.5 order and identity"
    case reserved = "1.6 reserved names"
    case limit = "1.6 limits"
    case dialect = "1.7 servers that differ"
    case batch = "2 write requests"
}

/// One input, or one point, and what parser and encoder make of it.
struct LineCase: Sendable, CustomTestStringConvertible {
    /// What the parser refuses, and where.
    struct Fault: Sendable, Equatable {
        let line: Int
        let column: Int
        let reason: LineParsingError.Reason

        init(_ column: Int, _ reason: LineParsingError.Reason, line: Int = 1) {
            (self.line, self.column, self.reason) = (line, column, reason)
        }
    }

    /// What the encoder makes of the points.
    enum Writing: Sendable {
        case nothing
        /// All of the text, newlines included.
        case text(String)
        case refused(LineEncodingError.Reason, LineEncodingError.Position)
    }

    let rule: Rule
    let name: String
    /// What the parser reads; nil where the case begins with a point.
    var input: [UInt8]?
    var points: [Point] = []
    var faults: [Fault] = []
    var writing = Writing.nothing
    var precision = Precision.nanoseconds
    var dialect = Dialect.influx2
    var policy = TextPolicy.refuse

    var testDescription: String { "\(rule.rawValue): \(name)" }

    /// A line that is read, and written as `text`: as it stands when nil.
    static func read(_ rule: Rule, _ name: String, _ input: String, _ point: Point, text: String? = nil) -> LineCase {
        var one = LineCase(rule: rule, name: name, input: Array(input.utf8), points: [point])
        one.writing = .text((text ?? input) + "\n")
        return one
    }

    /// A line that is read and that the encoder does not write.
    static func readOnly(
        _ rule: Rule, _ name: String, _ input: String, _ point: Point, _ reason: LineEncodingError.Reason,
        _ position: LineEncodingError.Position
    ) -> LineCase {
        var one = LineCase(rule: rule, name: name, input: Array(input.utf8), points: [point])
        one.writing = .refused(reason, position)
        return one
    }

    /// A line that is not read.
    static func bad(
        _ rule: Rule, _ name: String, _ input: String, _ column: Int, _ reason: LineParsingError.Reason
    ) -> LineCase {
        bad(rule, name, bytes: Array(input.utf8), column, reason)
    }

    static func bad(
        _ rule: Rule, _ name: String, bytes: [UInt8], _ column: Int, _ reason: LineParsingError.Reason
    ) -> LineCase {
        LineCase(rule: rule, name: name, input: bytes, faults: [Fault(column, reason)])
    }

    /// A point that is written as `text` without its newline, and read back.
    static func written(_ rule: Rule, _ name: String, _ point: Point, _ text: String) -> LineCase {
        LineCase(rule: rule, name: name, points: [point], writing: .text(text + "\n"))
    }

    /// A point that is not written.
    static func unwritable(
        _ rule: Rule, _ name: String, _ point: Point, _ reason: LineEncodingError.Reason,
        _ position: LineEncodingError.Position
    ) -> LineCase {
        LineCase(rule: rule, name: name, points: [point], writing: .refused(reason, position))
    }

    func with(
        precision: Precision? = nil, dialect: Dialect? = nil, policy: TextPolicy? = nil
    ) -> LineCase {
        var changed = self
        changed.precision = precision ?? self.precision
        changed.dialect = dialect ?? self.dialect
        changed.policy = policy ?? self.policy
        return changed
    }

    static let all: [LineCase] = [
        shapes, measurements, tagKeys, tagValues, fieldKeys, strings, floats, wholeNumbers, booleans, times, orders,
        reservedNames, limits, dialects, batches,
    ].flatMap(\.self)
}
