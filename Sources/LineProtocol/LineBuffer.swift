/// The bytes of the lines, and how values become text in them.
///
/// It is an output stream so that the standard library writes a float's digits straight into it. Against
/// `number.description` that saves a string for each float, on the heap from 16 digits on: 65 to 85 instead of 105 to
/// 180 ns in a loop over random numbers.
struct LineBuffer {
    var bytes: [UInt8] = []

    var count: Int { bytes.count }

    @inline(__always)
    mutating func append(byte: UInt8) { bytes.append(byte) }

    /// Appends a part of an array.
    mutating func append(_ range: Range<Int>, of source: borrowing [UInt8]) {
        let span = source.span.extracting(range)
        bytes.append(addingCapacity: range.count) { out in
            for index in span.indices { out.append(span[index]) }
        }
    }

    mutating func cut(to count: Int) { bytes.removeLast(bytes.count - count) }

    /// Appends the shortest digits that read back to the same number: `61234.5`, `3`, `-0`, `1e-12`. The number is
    /// finite.
    ///
    /// A whole number below 2^53 has no neighbour within half a unit, so its own digits are the shortest. Amounts are
    /// often whole, and this saves about 40 ns each.
    mutating func append(_ number: Double) {
        // Compared as integers, since rounding would call the C library's mathematics, which a program that uses only this
        // product is not linked with.
        if number.magnitude < 0x1p53, Double(UInt64(number.magnitude)) == number.magnitude {
            if number.sign == .minus { append(byte: Byte.minus) }
            append(UInt64(number.magnitude))
            return
        }
        number.write(to: &self)
        // The standard library ends a whole number in ".0", which line protocol does not need.
        if bytes.last == Byte.zero, bytes[bytes.count - 2] == Byte.dot { bytes.removeLast(2) }
    }

    /// Appends an integer without its suffix.
    mutating func append(_ number: Int64) {
        if number < 0 { append(byte: Byte.minus) }
        append(number.magnitude)
    }

    /// Appends decimal digits without a suffix.
    mutating func append(_ number: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var rest = number
        var start = 20
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start -= 1
            digits[start] = Byte.zero + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        bytes.append(addingCapacity: 20 - start) { out in
            for index in start..<20 { out.append(digits[index]) }
        }
    }

    /// Appends a quoted string: `"` and `\` get a backslash, everything else is as it is.
    mutating func append(string: String) {
        append(byte: Byte.quote)
        let text = string.utf8
        if text.contains(where: { $0 == Byte.quote || $0 == Byte.backslash }) {
            for byte in text {
                if byte == Byte.quote || byte == Byte.backslash { append(byte: Byte.backslash) }
                append(byte: byte)
            }
        } else {
            bytes.append(contentsOf: text)
        }
        append(byte: Byte.quote)
    }
}

extension LineBuffer: TextOutputStream {
    /// What the standard library calls for a stream that does not have the method below.
    mutating func write(_ string: String) { bytes.append(contentsOf: string.utf8) }

    /// The digits as bytes, valid during the call.
    mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) {
        unsafe bytes.append(contentsOf: buffer)
    }
}
