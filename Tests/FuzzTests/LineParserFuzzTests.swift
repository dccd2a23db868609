import LineProtocol
import TestKit
import Testing

@Suite("The parser of line protocol, fed with damage", .onOwnThreads)
struct LineParserFuzzTests {
    private static let examples: [String] = [
        "m v=1\n", "m,t=a v=1.5,w=2i 1760000000000000000\n", #"m,t=a\ b,u=c\,d v=1,s="x\"y\\z" 5"#,
        "# a comment\n\n  m v=t\r\nn v=FALSE 7\n", "m v=\"a\nb\" 1\nm v=2 2\n",
        #"a\ b\,c=d,k\==\= f\,\ \==1e-5,g=.5,h=5. -1"#,
        #"m\"x,t=\\,u="q" v\\w="\n",x=18446744073709551615u,y=-9223372036854775808i 9223372036854775806"#,
        "日本,t=🚀\\ x,e\u{301}=é ключ=\"ñ😀\" 1\n", "m,b=2,a=1 v=1,v=2\n", "_m,_t=a,time=b time=1 0\n",
        "m,t= v=1\nm v=\nm v=+1\nm v=1 x\nm\tv=1\n", "m v=1.7976931348623157e308,w=5e-324,x=-0,y=1e400\n",
    ]
    private static let words: [String] = [
        ",", " ", "=", "\"", "\\", "\n", "\r\n", "\r", "\t", "#", "\u{0}", "\u{7F}", "m", "m v=1\n", ",t=a", " v=",
        "\\,",
        "\\ ", "\\=", "\\\"", "\\\\", "1", "-", ".", "e", "i", "u", "t", "TRUE", "1e308", "9223372036854775807i", "é",
        "\u{301}", "\u{200D}", "\u{FEFF}", " 1760000000000000000", "=\"", "time", "_field",
    ]

    private func fuzz(_ target: String) -> Fuzz {
        Fuzz(
            target: target, examples: Self.examples.map { Array($0.utf8) },
            words: Self.words.map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F]])
    }

    @Test("what is read is in its place, and can be written and read again")
    func reading() {
        var points = 0
        let count = fuzz("line parser").run(rounds: 6_000) { input, random in
            let precision = Precision.allCases.randomElement(using: &random) ?? .nanoseconds
            guard let (lines, errors) = parse(input, precision) else { return "the parser does not come to an end" }
            points += lines.count
            return complaint(lines, errors, in: input, precision)
        }
        #expect(points >= count / 8, "most inputs get far enough")
    }

    @Test("damage in one line leaves the lines around it alone")
    func neighbours() {
        fuzz("line parser, neighbours").run(rounds: 3_000) { input, _ in
            // A quote may take what follows with it: then only the line before is certain.
            let middle = input.filter { $0 != 0x0A }
            let isCertain = !middle.contains(0x22)
            let whole = Array("first v=1 1\n".utf8) + middle + Array("\nlast v=2 2\n".utf8)
            guard let (lines, errors) = parse(whole, .nanoseconds) else { return "the parser does not come to an end" }
            let names = lines.map(\.point.measurement)
            return names.first == "first" && (names.last == "last" || !isCertain) ? nil : "\(names) and \(errors)"
        }
    }

    /// Nil when it takes more calls than there are bytes.
    private func parse(_ bytes: [UInt8], _ precision: Precision) -> ([ParsedLine], [LineParsingError])? {
        var parser = LineParser(bytes, precision: precision)
        var (lines, errors): ([ParsedLine], [LineParsingError]) = ([], [])
        for _ in 0...bytes.count + 1 {
            do throws(LineParsingError) {
                guard let line = try parser.next() else { return (lines, errors) }
                lines.append(line)
            } catch {
                errors.append(error)
            }
        }
        return nil
    }

    private func complaint(
        _ lines: [ParsedLine], _ errors: [LineParsingError], in input: [UInt8], _ precision: Precision
    ) -> String? {
        var end = 0
        for range in (lines.map(\.bytes) + errors.map(\.bytes)).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard range.lowerBound >= end, range.upperBound <= input.count else { return "\(range) overlaps" }
            end = range.upperBound
        }
        for error in errors {
            guard !error.message.isEmpty, let offset = offset(of: error, in: input),
                offset <= error.bytes.upperBound + 1,
                offset >= error.bytes.lowerBound
            else { return "\(error) is not in \(error.bytes)" }
        }
        for line in lines {
            guard let again = parse(Array(input[line.bytes]), precision)?.0, again.count == 1,
                again[0].point == line.point
            else { return "the line at \(line.bytes) is another one alone" }
            guard isTimeInPlace(line, input) else { return "the time of the line at \(line.bytes) is elsewhere" }
            for dialect in Dialect.allCases {
                if let complaint = writing(line.point, dialect, precision) { return "\(dialect): \(complaint)" }
            }
        }
        return nil
    }

    private func isTimeInPlace(_ line: ParsedLine, _ input: [UInt8]) -> Bool {
        guard let start = line.timeStart else { return line.point.time == nil }
        let text = input[start..<line.bytes.upperBound]
        return line.point.time != nil && start > line.bytes.lowerBound && input[start - 1] == 0x20
            && text.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) }
    }

    /// Where line and column point to.
    private func offset(of error: LineParsingError, in input: [UInt8]) -> Int? {
        var starts = [0]
        for index in input.indices where input[index] == 0x0A { starts.append(index + 1) }
        guard starts.indices.contains(error.line - 1), error.column > 0 else { return nil }
        return starts[error.line - 1] + error.column - 1
    }

    private func writing(_ point: Point, _ dialect: Dialect, _ precision: Precision) -> String? {
        var encoder = LineEncoder(precision: precision, dialect: dialect)
        do throws(LineEncodingError) {
            try encoder.append(point)
        } catch {
            return isExpected(error, dialect) ? replacing(point, dialect, precision) : "\(error) for \(point)"
        }
        return same(point, encoder.take(), precision)
    }

    /// What a parser takes and an encoder does not.
    private func isExpected(_ error: LineEncodingError, _ dialect: Dialect) -> Bool {
        switch error.reason {
        case .reserved, .duplicate, .backslashBefore, .tooLong: true
        case .unsignedValue: dialect == .influx1
        case .controlByte(0x0A): dialect == .victoriaMetrics && error.position == .fieldValue
        case .timeOutOfRange, .tooManyTags: dialect == .victoriaMetrics
        case .empty, .controlByte, .trailingBackslash, .leadingHash, .noFields, .otherDialect: false
        }
    }

    /// What was replaced is read, and needs no second replacement.
    private func replacing(_ point: Point, _ dialect: Dialect, _ precision: Precision) -> String? {
        var encoder = LineEncoder(precision: precision, dialect: dialect, text: .replace)
        guard (try? encoder.append(point)) != nil else { return nil }
        let bytes = encoder.take()
        guard let (lines, errors) = parse(bytes, precision), errors.isEmpty, lines.count == 1 else {
            return "\(String(decoding: bytes, as: UTF8.self)) is not read"
        }
        var refusing = LineEncoder(precision: precision, dialect: dialect)
        guard (try? refusing.append(lines[0].point)) != nil, refusing.take() == bytes else {
            return "\(String(decoding: bytes, as: UTF8.self)) would be replaced again"
        }
        return nil
    }

    private func same(_ point: Point, _ bytes: [UInt8], _ precision: Precision) -> String? {
        guard let (lines, errors) = parse(bytes, precision), errors.isEmpty, lines.count == 1 else {
            return "\(point) is written as \(String(decoding: bytes, as: UTF8.self)), which is not read"
        }
        var expected = point
        expected.tags.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let back = lines[0].point
        let areFloatsSame = zip(back.fields, expected.fields).allSatisfy { pair in
            guard case (.float(let a), .float(let b)) = (pair.0.value, pair.1.value) else { return true }
            return a.bitPattern == b.bitPattern
        }
        return back == expected && areFloatsSame ? nil : "\(expected) came back as \(back)"
    }
}
