import CoinlineJSON

/// JSON objects one behind the other, or in an array, that arrive in pieces, read at constant memory however many they
/// are. White space between them is free: an object may take one line, several, or a part of one. A value of another
/// kind is handed over like an object, for its reader to refuse.
///
/// What cannot be read is told once, at the byte where it stops to be JSON, and costs as little as possible of what
/// comes behind it. An object that closes all its brackets ends there whatever is wrong inside, and another one may
/// follow at once. In any other case reading goes on at the next line that begins with `{`: the next object, wherever
/// the broken one was meant to end; in an array also at one that begins with `{` in the column of the first. Inside an
/// object such a line is no end where a value may stand.
struct ObjectStream {
    enum Item: Sendable {
        case object(Object)
        case bad(TextPlace, String)
    }

    /// An object, or another value, that is JSON, as it came.
    struct Object: Sendable {
        let cursor: JSONCursor
        /// Where it begins.
        let start: TextPlace
        fileprivate let bytes: [UInt8]

        /// The place of one of its bytes, counted from 0.
        func place(of byte: Int) -> TextPlace { start.after(bytes[..<byte]) }
    }

    enum Limit {
        /// A line of line protocol may have 3 MiB; every byte of a string in it may become an escape of six.
        static let objectBytesMax = 24 << 20
        /// A point has three levels.
        static let depthMax = 16
    }

    private enum Mode {
        case between
        /// Behind an object that was closed and could not be read.
        case behindBroken
        /// Up to a line that begins with `{`.
        case skipping
        case inside
        /// A value without brackets.
        case scalar
    }

    /// The array of the outermost level.
    private enum Row {
        case none
        case opened
        case behindValue
        case behindComma
        /// Something was lost, so where a comma belongs is not known.
        case loose
    }

    private var mode = Mode.between
    private var row = Row.none
    /// Where lines of an array begin that begin with an object.
    private var rowColumn = 1
    private var isLineBlank = true
    /// The next byte.
    private var place = TextPlace()
    private var object: [UInt8] = []
    private var start = TextPlace()
    /// What is open, outermost first: true is an object.
    private var isObject: [Bool] = []
    private var isInString = false
    private var isEscaped = false
    /// The last byte outside of strings that is no space.
    private var lastByte: UInt8 = 0

    init() {}

    /// The end of what was taken so far.
    var end: TextPlace { place }

    /// Takes the next piece and hands over every object that is now whole.
    mutating func append(_ piece: [UInt8], _ use: (Item) -> Void) {
        // Bytes of an object are copied by the piece, not one by one.
        var copied = 0
        for index in piece.indices {
            let byte = piece[index]
            if mode == .scalar, take(scalar: byte, use) {
                advance(over: byte)
                continue
            }
            if mode == .inside {
                if let ending = ending(byte) {
                    object += piece[copied..<(ending == .beforeNext ? index : index + 1)]
                    close(ending, use)
                    if ending == .beforeNext { begin(byte) }
                    copied = index
                } else if object.count + index - copied >= Limit.objectBytesMax {
                    giveUp(use)
                }
            } else if begins(byte, use) {
                begin(byte)
                copied = index
            }
            advance(over: byte)
        }
        if mode == .inside { object += piece[copied...] }
    }

    /// Hands over what is left: an object without an end.
    mutating func finish(_ use: (Item) -> Void) {
        if mode == .scalar { endScalar(isBroken: object.first == UInt8(ascii: "\""), use) }
        if mode == .inside { return close(.broken, use) }
        guard mode != .skipping, row != .none, row != .loose else { return }
        use(.bad(place, JSONError.Reason.endsEarly(expected: "',' or ']'").description))
    }

    private mutating func advance(over byte: UInt8) {
        if byte == Byte.newline {
            place.line += 1
            place.column = 1
            isLineBlank = true
        } else {
            place.column += 1
            if !Self.isSpace(byte) { isLineBlank = false }
        }
    }

    // MARK: Between objects

    /// Whether a value begins with this byte; tells what stands where only an object may.
    private mutating func begins(_ byte: UInt8, _ use: (Item) -> Void) -> Bool {
        let isOpening = byte == UInt8(ascii: "{")
        if mode == .skipping {
            guard isOpening, place.column == 1 || (isLineBlank && place.column == rowColumn) else { return false }
            if row != .none { row = .loose }
            return true
        }
        if Self.isSpace(byte) { return false }
        if row != .none { return beginsInRow(byte, use) }
        if isOpening { return true }
        if mode == .between {
            if byte == UInt8(ascii: "[") {
                (row, rowColumn) = (.opened, 1)
                return false
            }
            if Self.beginsScalar(byte) { return true }
            tell(byte, expected: "an object", use)
        }
        mode = .skipping
        return false
    }

    private mutating func beginsInRow(_ byte: UInt8, _ use: (Item) -> Void) -> Bool {
        switch byte {
        case UInt8(ascii: "]"):
            if row == .behindComma { tell(byte, expected: "an object", use) }
            (row, mode) = (.none, .between)
        case UInt8(ascii: ","):
            if row == .opened || row == .behindComma { tell(byte, expected: "an object", use) }
            if row != .loose { row = .behindComma }
        case _ where byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || Self.beginsScalar(byte):
            if row == .behindValue { tell(byte, expected: "',' or ']'", use) }
            if row == .opened, isLineBlank { rowColumn = place.column }
            return true
        default:
            if mode == .between { tell(byte, expected: "an object", use) }
            mode = .skipping
        }
        return false
    }

    private func tell(_ byte: UInt8, expected: String, _ use: (Item) -> Void) {
        use(.bad(place, JSONError.Reason.unexpectedByte(byte, expected: expected).description))
    }

    private mutating func begin(_ byte: UInt8) {
        start = place
        (isInString, isEscaped) = (false, false)
        guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
            (mode, object) = (.scalar, [byte])
            return
        }
        (mode, object) = (.inside, [])
        isObject = [byte == UInt8(ascii: "{")]
        lastByte = byte
    }

    private mutating func endValue() {
        if row != .none, row != .loose { row = .behindValue }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == Byte.space || byte == Byte.newline || byte == Byte.carriageReturn || byte == Byte.tab
    }

    // MARK: Values without brackets

    private static func beginsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    /// Whether the byte is of the value.
    private mutating func take(scalar byte: UInt8, _ use: (Item) -> Void) -> Bool {
        if object.count >= Limit.objectBytesMax { giveUp(use) }
        guard mode == .scalar else { return false }
        guard object.first == UInt8(ascii: "\"") else {
            if Self.isSpace(byte) || ",:[]{}\"".utf8.contains(byte) {
                endScalar(isBroken: false, use)
                return false
            }
            object.append(byte)
            return true
        }
        isInString = true
        if endingInString(byte) == .broken {
            endScalar(isBroken: true, use)
            return false
        }
        object.append(byte)
        if !isInString { endScalar(isBroken: false, use) }
        return true
    }

    private mutating func endScalar(isBroken: Bool, _ use: (Item) -> Void) {
        let bytes = object
        object = []
        mode = row != .none && !isBroken ? .between : .skipping
        do throws(JSONError) {
            use(.object(Object(cursor: try JSONCursor(bytes, name: ""), start: start, bytes: bytes)))
            mode = .between
        } catch {
            use(.bad(start, JSONError.Reason.unexpectedByte(bytes[0], expected: "an object").description))
        }
        endValue()
    }

    // MARK: Inside an object

    private enum Ending {
        /// All brackets are closed.
        case closed
        /// The last byte cannot stand where it stands.
        case broken
        /// The byte is not its own but begins the next one.
        case beforeNext
    }

    private mutating func ending(_ byte: UInt8) -> Ending? {
        if isInString { return endingInString(byte) }
        guard !Self.isSpace(byte) else { return nil }
        defer { lastByte = byte }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"):
            if place.column == 1, !isValueNext { return .beforeNext }
            return open(isObject: true)
        case UInt8(ascii: "["): return open(isObject: false)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            isObject.removeLast()
            return isObject.isEmpty ? .closed : nil
        default: break
        }
        return nil
    }

    private mutating func endingInString(_ byte: UInt8) -> Ending? {
        if byte < 0x20 { return .broken }
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
        }
        return nil
    }

    /// A name's colon comes before a value of an object, a bracket or comma before one of an array.
    private var isValueNext: Bool {
        isObject.last == true
            ? lastByte == UInt8(ascii: ":") : lastByte == UInt8(ascii: "[") || lastByte == UInt8(ascii: ",")
    }

    private mutating func open(isObject: Bool) -> Ending? {
        guard self.isObject.count < Limit.depthMax else { return .broken }
        self.isObject.append(isObject)
        return nil
    }

    private mutating func close(_ ending: Ending, _ use: (Item) -> Void) {
        // The byte that shows the break makes the message; of the next object it is the first all the same.
        let bytes = ending == .beforeNext ? object + [UInt8(ascii: "{")] : object
        object = []
        mode = ending == .closed ? .between : .skipping
        if ending == .closed { endValue() } else if row != .none { row = .loose }
        let limits = JSONLimits(bytesMax: .max, depthMax: Limit.depthMax)
        do throws(JSONError) {
            use(.object(Object(cursor: try JSONCursor(bytes, name: "", limits: limits), start: start, bytes: bytes)))
        } catch {
            use(.bad(start.after(bytes[..<error.byte]), error.text))
            if ending == .closed { mode = .behindBroken }
        }
    }

    private mutating func giveUp(_ use: (Item) -> Void) {
        use(.bad(start, "the object is longer than \(Limit.objectBytesMax) bytes"))
        object = []
        mode = .skipping
    }
}

extension JSONError {
    /// Without the offset, which is told as line and column; the root has no name.
    var text: String { path.isEmpty ? "\(reason)" : "\(path): \(reason)" }
}
