/// Where points go at a destination: a bucket of InfluxDB 2, `db` or `db/rp` of InfluxDB 1.
public struct Bucket: Sendable, Hashable, CustomStringConvertible {
    /// The most bytes a folder name may have: file systems take 255, and a temporary or renamed name beside it needs
    /// room.
    public static let folderNameBytesMax = 200

    /// The name as the destination knows it.
    public let name: String

    /// A bucket by its name, whatever it is: ``isValid`` tells whether the writer takes it.
    public init(_ name: String) {
        self.name = name
    }

    /// The bucket whose folder in the outbox has this name; nil for a name that no bucket has.
    public init?(folderName: String) {
        guard let bytes = Self.decode(folderName), let name = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        self.init(name)
        // One bucket has one folder: `%41` or `%2e` would be second names for `A` and `%2E`.
        guard !name.isEmpty, self.folderName == folderName else { return nil }
    }

    /// The name of the bucket's folder in the outbox: every byte but `A–Z a–z 0–9 _ -` percent-encoded, the dot too.
    public var folderName: String {
        var text = ""
        for byte in name.utf8 {
            if Self.isKept(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + Hex.text(UInt64(byte), digits: 2).uppercased()
            }
        }
        return text
    }

    /// False for an empty name and for one whose folder name would be too long for a file system.
    public var isValid: Bool {
        !name.isEmpty && folderName.utf8.count <= Self.folderNameBytesMax
    }

    /// The name.
    public var description: String { name }

    private static func isKept(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }

    private static func decode(_ folderName: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(folderName.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
