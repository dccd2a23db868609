/// A file or standard input, plain or gzip, piece by piece: without the byte order mark that some programs put in front
/// of text, and with what its very first line says of an export.
struct TextInput: ~Copyable {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var source: ByteSource
    private let hasMark: Bool
    /// What came of the opening while it is not known whether there is more of it.
    private var held: [UInt8] = []
    /// The opening is known: nothing will change ``mark`` any more.
    private(set) var isOpened = false
    private(set) var mark: ExportMark?
    /// The end of what was handed out: a comment may lie across two pieces.
    private var tail: [UInt8] = []

    /// - Parameter hasMark: whether the first line may be the mark of an export.
    init(path: String, hasMark: Bool = true) throws(ByteSource.Failure) {
        source = try ByteSource(path: path)
        self.hasMark = hasMark
    }

    /// The next piece, perhaps empty, so that whoever waits for a pipe can look around; nil at the end.
    mutating func next() throws(ByteSource.Failure) -> [UInt8]? {
        guard try source.isReady() else { return [] }
        guard let piece = try source.next() else {
            guard !isOpened else { return nil }
            return try open()
        }
        guard !isOpened else {
            try refuseOtherMark(in: piece)
            return piece
        }
        held += piece
        return isUndecided ? [] : try open()
    }

    private var text: ArraySlice<UInt8> {
        held.starts(with: Self.byteOrderMark) ? held.dropFirst(Self.byteOrderMark.count) : held[...]
    }

    private var isUndecided: Bool {
        if held.count < Self.byteOrderMark.count, Self.byteOrderMark.starts(with: held) { return true }
        let line = text.prefix(ExportMark.Limit.bytesMax)
        guard hasMark, line.count < ExportMark.Limit.bytesMax, !line.contains(Byte.newline) else { return false }
        return ExportMark.beginning.starts(with: line) || line.starts(with: ExportMark.beginning)
    }

    private mutating func open() throws(ByteSource.Failure) -> [UInt8] {
        isOpened = true
        if hasMark {
            mark = ExportMark(parsing: text.prefix(ExportMark.Limit.bytesMax).prefix { $0 != Byte.newline })
        }
        let opening = Array(text)
        held = []
        try refuseOtherMark(in: opening)
        return opening
    }

    /// Fails at the first line of a further export that says something else than the first line of all: files that were
    /// joined.
    private mutating func refuseOtherMark(in piece: [UInt8]) throws(ByteSource.Failure) {
        guard hasMark else { return }
        let text = tail + piece
        tail = Array(text.suffix(1))
        var rest = text[...]
        while let start = rest.firstIndex(of: Byte.hash) {
            rest = text[(start + 1)...]
            guard start > 0, text[start - 1] == Byte.newline else { continue }
            let line = text[start...].prefix(ExportMark.Limit.bytesMax).prefix { $0 != Byte.newline }
            if line.endIndex == text.endIndex, line.count < ExportMark.Limit.bytesMax {
                // It goes on in the next piece.
                tail = Array(text[(start - 1)...])
                return
            }
            if let other = ExportMark(parsing: line), other != mark { throw .secondExport }
        }
    }
}
