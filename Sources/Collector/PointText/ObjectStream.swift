import CoinlineJSON

/// JSON objects one behind the other that arrive in pieces, read at constant memory however many they are. White space
/// between them is free: an object may take one line, several, or a part of one.
///
/// What cannot be read is told once, at the byte where it stops to be JSON, and costs as little as possible of what comes
/// behind it. An object that closes all its brackets ends there whatever is wrong inside, and another one may follow at
/// once. In any other case reading goes on at the next line that begins with `{`: the next object, wherever the broken one
/// was meant to end. Inside an object such a line is no end where a value may stand.
struct ObjectStream {
    enum Item: Sendable {
        case object(Object)
        case bad(TextPlace, String)
    }

    /// An object that is JSON, as it came.
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
    }

    private var mode = Mode.between
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
            if mode == .inside {
                if let ending = ending(byte) {
                    object += piece[copied..<(ending == .beforeNext ? index : index + 1)]
                    close(ending, use)
                    if ending == .beforeNext { begin() }
                    copied = index
                } else if object.count + index - copied >= Limit.objectBytesMax {
                    giveUp(use)
                }
            } else if begins(byte, use) {
                begin()
                copied = index
            }
            advance(over: byte)
        }
        if mode == .inside { object += piece[copied...] }
    }

    /// Hands over what is left: an object without an end.
    mutating func finish(_ use: (Item) -> Void) {
        guard mode == .inside else { return }
        close(.broken, use)
    }

    private mutating func advance(over byte: UInt8) {
        if byte == 0x0A {
            place.line += 1
            place.column = 1
        } else {
            place.column += 1
        }
    }

    // MARK: Between objects

    /// Whether an object begins with this byte; tells what stands where only an object may.
    private mutating func begins(_ byte: UInt8, _ use: (Item) -> Void) -> Bool {
        let isOpening = byte == UInt8(ascii: "{")
        if mode == .skipping { return isOpening && place.column == 1 }
        if isOpening || Self.isSpace(byte) { return isOpening }
        if mode == .between {
            use(.bad(place, JSONError.Reason.unexpectedByte(byte, expected: "an object").description))
        }
        mode = .skipping
        return false
    }

    private mutating func begin() {
        mode = .inside
        start = place
        object = []
        isObject = [true]
        (isInString, isEscaped) = (false, false)
        lastByte = UInt8(ascii: "{")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
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
