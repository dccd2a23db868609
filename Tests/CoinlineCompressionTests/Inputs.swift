import TestKit

extension SeededGenerator {
    /// Anything from nothing to `countMax` bytes: noise, text of few letters, or long runs.
    mutating func bytes(countMax: Int) -> [UInt8] {
        let count = Int.random(in: 0...countMax, using: &self)
        let alphabet = [256, 256, 16, 3, 1].randomElement(using: &self) ?? 1
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            var run = 0
            var byte: UInt8 = 0
            while initializedCount < count {
                if run == 0 {
                    let random = next()
                    byte = UInt8(Int(random % 256) % alphabet)
                    run = alphabet == 3 ? Int((random >> 32) % 500) + 1 : 1
                }
                buffer[initializedCount] = byte
                initializedCount += 1
                run -= 1
            }
        }
    }

    /// `bytes` cut at random places, with empty pieces among them.
    mutating func pieces(of bytes: [UInt8], sizeMax: Int) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            let count = min(Int.random(in: 0...sizeMax, using: &self), bytes.count - position)
            pieces.append(Array(bytes[position..<position + count]))
            position += count
        }
        return pieces
    }
}

/// As many lines of line protocol, alike but for their numbers, as a real batch has them.
func lines(_ count: Int) -> [UInt8] {
    var text = ""
    for number in 0..<count {
        text += "cryptocurrency_data,code=C\(number % 100),currency=USD rate=\(Double(number) * 1.37),rank=\(number)i\n"
    }
    return Array(text.utf8)
}
