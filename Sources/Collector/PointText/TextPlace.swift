/// A place in an input: line and column from 1, the column in bytes.
struct TextPlace: Sendable, Equatable, CustomStringConvertible {
    var line = 1
    var column = 1

    var description: String { "\(line):\(column)" }

    /// The place behind these bytes, which begin here.
    func after(_ bytes: some BidirectionalCollection<UInt8>) -> TextPlace {
        guard let newline = bytes.lastIndex(of: Byte.newline) else {
            return TextPlace(line: line, column: column + bytes.count)
        }
        return TextPlace(
            line: line + bytes.count { $0 == Byte.newline }, column: bytes.distance(from: newline, to: bytes.endIndex))
    }
}
