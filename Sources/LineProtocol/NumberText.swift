/// What the text of a number came to.
enum NumberText<Value> {
    case value(Value)
    case outOfRange
    case malformed
}

/// Reads `[-]digits` as a signed integer.
func readInteger(_ text: ArraySlice<UInt8>) -> NumberText<Int64> {
    guard text.first == Byte.minus else {
        switch readUnsigned(text) {
        case .value(let magnitude): return Int64(exactly: magnitude).map { .value($0) } ?? .outOfRange
        case .outOfRange: return .outOfRange
        case .malformed: return .malformed
        }
    }
    switch readUnsigned(text.dropFirst()) {
    case .value(let magnitude):
        guard magnitude <= Int64.min.magnitude else { return .outOfRange }
        return .value(Int64(truncatingIfNeeded: 0 &- magnitude))
    case .outOfRange: return .outOfRange
    case .malformed: return .malformed
    }
}

/// Reads digits, leading zeros included.
func readUnsigned(_ text: ArraySlice<UInt8>) -> NumberText<UInt64> {
    guard !text.isEmpty, text.allSatisfy(isDigit) else { return .malformed }
    var value: UInt64 = 0
    for byte in text {
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - Byte.zero))
        guard !overflow, !carry else { return .outOfRange }
        value = sum
    }
    return .value(value)
}

/// Reads a decimal number. The grammar is checked first, since the standard library takes more than line protocol does:
/// a plus sign, hexadecimal digits, `nan` and `inf`.
func readFloat(_ text: ArraySlice<UInt8>) -> NumberText<Double> {
    guard isFloat(text), let value = Double(String(decoding: text, as: UTF8.self)) else { return .malformed }
    return value.isFinite ? .value(value) : .outOfRange
}

/// `[-] (digits [. [digits]] | . digits) [(e|E) [+|-] digits]`
private func isFloat(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    if rest.first == Byte.minus { rest.removeFirst() }
    let whole = takeDigits(&rest)
    var fraction = 0
    if rest.first == Byte.dot {
        rest.removeFirst()
        fraction = takeDigits(&rest)
    }
    guard whole + fraction > 0 else { return false }
    if rest.first == 0x65 || rest.first == 0x45 {
        rest.removeFirst()
        if rest.first == Byte.minus || rest.first == 0x2B { rest.removeFirst() }
        guard takeDigits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
}

private func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
    let end = rest.firstIndex { !isDigit($0) } ?? rest.endIndex
    defer { rest = rest[end...] }
    return end - rest.startIndex
}

private func isDigit(_ byte: UInt8) -> Bool { (Byte.zero...Byte.nine).contains(byte) }
