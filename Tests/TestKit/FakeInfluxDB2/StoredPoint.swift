extension FakeInfluxDB2 {
    /// A field's value with its type.
    public enum StoredValue: Sendable, Hashable {
        case float(Double)
        case integer(Int64)
        case unsigned(UInt64)
        case boolean(Bool)
        case string(String)
    }

    /// One time of one series with all fields that were written to it.
    public struct StoredPoint: Sendable, Hashable {
        public var measurement: String
        public var tags: [String: String]
        public var fields: [String: StoredValue]
        /// Nanoseconds since 1970.
        public var time: Int64

        public init(measurement: String, tags: [String: String], fields: [String: StoredValue], time: Int64) {
            self.measurement = measurement
            self.tags = tags
            self.fields = fields
            self.time = time
        }
    }

    /// As `StoredValue`, with strings as the bytes that came: the server takes those that are no UTF-8.
    public enum RawValue: Sendable, Hashable {
        case float(Double)
        case integer(Int64)
        case unsigned(UInt64)
        case boolean(Bool)
        case string([UInt8])

        /// Bytes that are no UTF-8 become U+FFFD.
        public var value: StoredValue {
            switch self {
            case .float(let value): .float(value)
            case .integer(let value): .integer(value)
            case .unsigned(let value): .unsigned(value)
            case .boolean(let value): .boolean(value)
            case .string(let bytes): .string(String(decoding: bytes, as: UTF8.self))
            }
        }

        var type: FieldType {
            switch self {
            case .float: .float
            case .integer: .integer
            case .unsigned: .unsigned
            case .boolean: .boolean
            case .string: .string
            }
        }
    }

    /// As `StoredPoint`, with names and values as the bytes that came.
    public struct RawPoint: Sendable, Hashable {
        public struct Tag: Sendable, Hashable {
            public let name: [UInt8]
            public let value: [UInt8]
        }

        public let measurement: [UInt8]
        /// In the order of their names.
        public let tags: [Tag]
        public let fields: [[UInt8]: RawValue]
        /// Nanoseconds since 1970.
        public let time: Int64

        /// Bytes that are no UTF-8 become U+FFFD.
        public var point: StoredPoint {
            func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
            return StoredPoint(
                measurement: text(measurement),
                tags: Dictionary(tags.map { (text($0.name), text($0.value)) }) { _, last in last },
                fields: Dictionary(fields.map { (text($0.key), $0.value.value) }) { _, last in last }, time: time)
        }
    }

    /// What a shard keeps of a field.
    enum FieldType: String {
        case float, integer, unsigned, boolean, string
    }
}
