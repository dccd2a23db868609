import CoinlineCompression

/// The lines that a server's refusal names.
enum RejectedLines {
    /// An entry of a refusal, with the line as the server repeats it.
    private struct Entry {
        var line: [UInt8]
        var reason: String
        /// Whether the server's text ended within the line.
        var isPrefix = false
    }

    /// How InfluxDB names lines: `unable to parse '<the line>': <reason>`, one behind the other with LF between.
    private static let mark = Array("unable to parse '".utf8)
    private static let lineEnd = Array("': ".utf8)
    /// How VictoriaMetrics names the first: `incorrect influx line "<the rest of the batch>": <reason>`, quoted as in
    /// Go.
    private static let victoriaMark = Array("incorrect influx line \"".utf8)
    private static let victoriaHint = Array("; see https://".utf8)

    private static let cutReason = "the server's reason was too long to be read to its end"

    /// A body is decompressed only to find its lines again, and never larger than servers take it.
    private static let deliveryBytesMax = 64 << 20

    /// The named lines in the server's order, each with its number where it is found in the delivery.
    ///
    /// A line may hold quotes, LF and even the words that introduce the next one. Where the text alone cannot tell,
    /// what looks like a whole entry is taken as one. Numbers are given only where every entry is found in the
    /// delivery: one that is not shows that the text was taken apart in the wrong places.
    /// - Parameters:
    ///   - delivered: the gzip body that was sent, if one was.
    ///   - secrets: what a server must not bring into a reason, nor into a line that is not one of the delivery.
    static func parse(_ text: String, isCut: Bool, delivered: [UInt8]?, hiding secrets: [String]) -> [RejectedLine] {
        let entries = read(Array(text.utf8), isCut: isCut)
        let numbers = delivered.map { find(entries, in: $0) } ?? [:]
        return entries.indices.map { index in
            let (line, number) = (entries[index].line, numbers[index])
            return RejectedLine(
                line: number == nil
                    ? ServerText.excerpt(of: line, hiding: secrets) : RejectedLine.excerpt(of: line),
                number: number, reason: ServerText.clean(entries[index].reason, hiding: secrets))
        }
    }

    // MARK: Reading the refusal

    private static func read(_ text: [UInt8], isCut: Bool) -> [Entry] {
        if let first = text.firstRange(of: mark) { return influxEntries(text[first.upperBound...], isCut: isCut) }
        if let quote = text.firstRange(of: victoriaMark) { return [victoriaEntry(text[quote.upperBound...])] }
        return []
    }

    private static func influxEntries(_ text: ArraySlice<UInt8>, isCut: Bool) -> [Entry] {
        let separator = [0x0A] + mark
        var entries: [Entry] = []
        var open: [UInt8] = []
        for segment in text.split(separator: separator, omittingEmptySubsequences: false) {
            open += segment
            if let entry = entry(open) {
                entries.append(entry)
                open = []
            } else {
                // No end of the line yet: the separator was part of it.
                open += separator
            }
        }
        if isCut, entries.isEmpty, open.count > separator.count {
            entries.append(Entry(line: open.dropLast(separator.count), reason: cutReason, isPrefix: true))
        }
        return entries
    }

    /// The last `': ` ends the line: the reasons hold none, the line may.
    private static func entry(_ text: [UInt8]) -> Entry? {
        guard let end = text.ranges(of: lineEnd).last else { return nil }
        let reason = String(decoding: text[end.upperBound...], as: UTF8.self)
        return Entry(line: Array(text[..<end.lowerBound]), reason: withoutCount(reason))
    }

    /// InfluxDB 1 appends " dropped=0" to the last reason.
    private static func withoutCount(_ reason: String) -> String {
        guard let count = reason.ranges(of: " dropped=").last,
            reason[count.upperBound...].utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return reason }
        return String(reason[..<count.lowerBound])
    }

    /// The quoted text goes on to the end of the batch; its first line is the one at fault.
    private static func victoriaEntry(_ text: ArraySlice<UInt8>) -> Entry {
        var line: [UInt8] = []
        var isFirst = true
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return Entry(line: line, reason: victoriaReason(rest)) }
            var taken = byte
            if byte == UInt8(ascii: "\\"), let escape = rest.popFirst() {
                if escape == UInt8(ascii: "n") { isFirst = false }
                taken = escape == UInt8(ascii: "t") ? 0x09 : escape
            }
            if isFirst { line.append(taken) }
        }
        return Entry(line: line, reason: cutReason, isPrefix: isFirst)
    }

    private static func victoriaReason(_ text: ArraySlice<UInt8>) -> String {
        let reason = text.prefix(upTo: text.firstRange(of: victoriaHint)?.lowerBound ?? text.endIndex)
        return String(decoding: reason.drop { $0 == UInt8(ascii: ":") || $0 == 0x20 }, as: UTF8.self)
    }

    // MARK: Finding the lines again

    /// From 1, by the entry's index, for all entries or none. None where the body cannot be read, which the server then
    /// could not either.
    private static func find(_ entries: [Entry], in delivered: [UInt8]) -> [Int: Int] {
        guard !entries.isEmpty, let body = decompressed(delivered) else { return [:] }
        // By text as a server repeats it: with damaged UTF-8 replaced, as JSON needs it.
        var wanted: [String: ArraySlice<Int>] = [:]
        for (index, entry) in entries.enumerated() where !entry.isPrefix {
            wanted[String(decoding: entry.line, as: UTF8.self), default: []].append(index)
        }
        let prefix = entries.indices.first { entries[$0].isPrefix }
        var numbers: [Int: Int] = [:]
        ServerLines.forEach(in: body) { line, number in
            if let index = wanted[String(decoding: line, as: UTF8.self)]?.popFirst() { numbers[index] = number }
            if let prefix, numbers[prefix] == nil, line.starts(with: entries[prefix].line) { numbers[prefix] = number }
        }
        return numbers.count == entries.count ? numbers : [:]
    }

    static func decompressed(_ body: [UInt8]) -> [UInt8]? {
        do {
            return try Gunzip.decompress(body, outputBytesMax: deliveryBytesMax)
        } catch {
            // Damaged or too large: the lines stay without numbers, and the reply says what the server said.
            return nil
        }
    }
}
