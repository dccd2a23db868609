import Glibc

/// A name compared by its bytes. `String` takes two texts for equal that Unicode calls equivalent (é as one scalar or
/// as two); for InfluxDB and SQLite they are two names.
public struct ExactName: Sendable, Hashable {
    /// The name itself.
    public let text: String

    /// Any text, the empty one too.
    public init(_ text: String) {
        self.text = text
    }

    public static func == (left: ExactName, right: ExactName) -> Bool {
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        // The bytes are compared during the calls only.
        let isEqual = unsafe left.text.utf8.withContiguousStorageIfAvailable { leftBytes in
            unsafe right.text.utf8.withContiguousStorageIfAvailable { rightBytes in
                guard let left = leftBytes.baseAddress, let right = rightBytes.baseAddress else { return true }
                return unsafe memcmp(left, right, leftBytes.count) == 0
            }
        }
        return (isEqual ?? nil) ?? left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        let isDone: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            // The bytes are read during the call only.
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if isDone == nil { for byte in text.utf8 { hasher.combine(byte) } }
        // Ends the name, as no UTF-8 has this byte: of two names in a row it shows where the second begins.
        hasher.combine(0xFF as UInt8)
    }
}
