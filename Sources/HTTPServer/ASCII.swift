/// Compares header names and other protocol words, in which only ASCII letters have two cases.
func equalsIgnoringCase(_ one: some StringProtocol, _ other: some StringProtocol) -> Bool {
    one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).allSatisfy { lowercased($0) == lowercased($1) }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

/// Whether `text` is a token of RFC 9110 §5.6.2: what methods and header names are made of.
func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !separators.contains($0) }
}

private let separators: [UInt8] = Array("()<>@,;:\\\"/[]?={}".utf8)

/// Whether `text` holds a control byte other than the tab.
func hasControlBytes(_ text: String) -> Bool {
    text.utf8.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }
}
