/// The bytes that lines are cut at.
enum Byte {
    static let tab: UInt8 = 0x09
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let hash: UInt8 = 0x23
    static let comma: UInt8 = 0x2C
    static let equals: UInt8 = 0x3D
    static let backslash: UInt8 = 0x5C
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// Where the line of a byte begins.
    func lineStart(at position: Int) -> Int {
        self[..<position].lastIndex(of: Byte.newline).map { $0 + 1 } ?? startIndex
    }

    /// In a name: whether a backslash and a separator stand there. Before anything else it is an ordinary byte.
    func hasNamePair(at position: Int) -> Bool {
        let next = behindBackslash(at: position)
        return next == Byte.comma || next == Byte.space || next == Byte.equals
    }

    /// In a string: whether a backslash and a quote or another backslash stand there.
    func hasStringPair(at position: Int) -> Bool {
        let next = behindBackslash(at: position)
        return next == Byte.quote || next == Byte.backslash
    }

    private func behindBackslash(at position: Int) -> UInt8? {
        position + 1 < endIndex && self[position] == Byte.backslash ? self[position + 1] : nil
    }
}
