import CoinlineJSON

/// The lines that InfluxDB 3 reports beside its refusal: `data` with `error_message`, `line_number` and
/// `original_line`, an array of them or a single one.
///
/// The number is what identifies a line, from 1, blank lines and comments not counted: `original_line` is cut to 20
/// bytes, is printed anew for some faults (`2.50` as `2.5`), and belongs to another line behind a string with a line
/// feed.
enum ReportedLines {
    private struct Report {
        let number: Int?
        let line: String
        let reason: String

        init(_ cursor: JSONCursor) throws(JSONError) {
            number = try cursor.member("line_number").map { value throws(JSONError) in try value.int64() }.flatMap {
                Int(exactly: $0)
            }
            line = try cursor.member("original_line")?.string() ?? ""
            reason = try cursor.member("error_message")?.string() ?? "no reason was given"
        }
    }

    /// In the server's order. A line that is found in the delivery is shown as it was sent, any other as the server
    /// repeats it and without a number.
    ///
    /// - Parameters:
    ///   - delivered: the gzip body that was sent, if one was.
    ///   - secrets: what a server must not bring into a reason, nor into a line that is not one of the delivery.
    static func read(
        _ answer: WriteReply.Answer, delivered: [UInt8]?, hiding secrets: [String]
    ) -> [RejectedLine] {
        let reports = reports(answer)
        let sent = delivered.map { lines(Set(reports.compactMap(\.number)), of: $0) } ?? [:]
        return reports.map { report in
            let line = report.number.flatMap { sent[$0] }
            return RejectedLine(
                line: line ?? ServerText.excerpt(of: report.line.utf8, hiding: secrets),
                number: line == nil ? nil : report.number, reason: ServerText.clean(report.reason, hiding: secrets))
        }
    }

    private static func reports(_ answer: WriteReply.Answer) -> [Report] {
        let bytes = answer.isBodyCut ? closed(answer.body) : answer.body
        do {
            guard let data = try JSONCursor(bytes).member("data") else { return [] }
            switch data.kind {
            case .array:
                return try data.elements().map { element throws(JSONError) in try Report(element) }
            case .object: return [try Report(data)]
            default: return []
            }
        } catch {
            // The refusal counts all the same; it only names no line.
            return []
        }
    }

    /// A cut answer with its whole reports only, closed where the next one begins.
    private static func closed(_ body: [UInt8]) -> [UInt8] {
        guard let end = body.ranges(of: Array("},{".utf8)).last else { return [] }
        return body[...end.lowerBound] + Array("]}".utf8)
    }

    private static func lines(_ numbers: Set<Int>, of delivered: [UInt8]) -> [Int: String] {
        guard !numbers.isEmpty, let body = RejectedLines.decompressed(delivered) else { return [:] }
        var lines: [Int: String] = [:]
        ServerLines.forEach(in: body) { line, number in
            if numbers.contains(number) { lines[number] = RejectedLine.excerpt(of: line) }
        }
        return lines
    }
}
