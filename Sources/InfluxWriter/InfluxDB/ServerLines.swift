/// Line protocol cut into lines as InfluxDB does it: an LF in the quotes of a field's string does not end a line.
enum ServerLines {
    /// Where a line stands in the body, without blanks before it and without its line end.
    struct Line: Equatable {
        /// From 1, blank lines and comments not counted: how servers and replies number lines.
        let number: Int
        let bytes: Range<Int>
    }

    /// Calls with every line but blank ones and comments, without blanks before it, and its number from 1.
    static func forEach(in body: [UInt8], _ take: (ArraySlice<UInt8>, Int) -> Void) {
        forEachLine(in: body) { take(body[$0.bytes], $0.number) }
    }

    /// Calls with the place of every line but blank ones and comments.
    static func forEachLine<Failure>(in body: [UInt8], _ take: (Line) throws(Failure) -> Void) throws(Failure) {
        var number = 0
        var position = 0
        while position < body.count {
            let end = lineEnd(in: body, from: position)
            var start = position
            while start < end, body[start] == 0x20 || body[start] == 0x09 || body[start] == 0 { start += 1 }
            // An LF at its end only where a quote that never closes swallowed the end of the body.
            let stop = end > start && body[end - 1] == 0x0A ? end - 1 : end
            if start < stop, body[start] != UInt8(ascii: "#") {
                number += 1
                try take(Line(number: number, bytes: start..<stop))
            }
            position = end + 1
        }
    }

    /// How many lines a server sees.
    static func count(in body: [UInt8]) -> Int {
        var count = 0
        forEachLine(in: body) { count = $0.number }
        return count
    }

    /// Follows `scanLine` of InfluxDB's parser: quotes count only where a field's value begins, which is where more
    /// equals signs than commas have gone by since the first blank.
    private static func lineEnd(in body: [UInt8], from start: Int) -> Int {
        var position = start
        var isQuoted = false
        var isInFields = false
        var equals = 0
        var commas = 0
        while position < body.count {
            switch body[position] {
            case UInt8(ascii: "\\") where position + 2 < body.count: position += 1
            case 0x20: isInFields = true
            case UInt8(ascii: "=") where isInFields && !isQuoted: equals += 1
            case UInt8(ascii: ",") where isInFields && !isQuoted: commas += 1
            case UInt8(ascii: "\"") where isInFields && equals > commas: isQuoted.toggle()
            case 0x0A where !isQuoted: return position
            default: break
            }
            position += 1
        }
        return position
    }
}
