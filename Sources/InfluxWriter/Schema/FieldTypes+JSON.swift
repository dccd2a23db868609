import CoinlineBase
import CoinlineJSON
import LineProtocol

/// As text: `{"format":1,"buckets":{"b":{"m":{"f":"integer"}}}}`. Declared types are not in it, since whoever writes
/// declares them anew.
extension FieldTypes {
    static let format: Int64 = 1
    /// Names twice over, with escapes and types: more is not ours.
    static let jsonBytesMax = 64 << 20

    func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("format", Self.format)
        writer.key("buckets")
        writer.beginObject()
        for (bucket, measurements) in Self.sorted(buckets) {
            writer.key(bucket)
            writer.beginObject()
            for (measurement, fields) in Self.sorted(measurements) {
                writer.key(measurement)
                writer.beginObject()
                for (field, known) in Self.sorted(fields) where known.origin != .declared {
                    writer.member(field, known.kind.name)
                }
                writer.endObject()
            }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes + [0x0A]
    }

    /// Reads it back. What is over the limits is left out and counted.
    init(json: [UInt8], limits: Limits = Limits()) throws(FieldTypesError) {
        self.init(limits: limits)
        let root: JSONCursor
        let format: Int64
        do throws(JSONError) {
            let limits = JSONLimits(bytesMax: Self.jsonBytesMax, depthMax: 8)
            root = try JSONCursor(json, name: "schema", limits: limits)
            format = try root.requiredMember("format").int64()
        } catch {
            throw .damaged("\(error)")
        }
        guard format == Self.format else { throw .unknownFormat(format) }
        do throws(JSONError) {
            try read(root.requiredMember("buckets"))
        } catch {
            throw .damaged("\(error)")
        }
    }

    private mutating func read(_ buckets: JSONCursor) throws(JSONError) {
        for (bucket, measurements) in try buckets.members() {
            for (measurement, fields) in try measurements.members() {
                for (field, value) in try fields.members() {
                    guard let kind = FieldType(name: try value.string()) else {
                        throw value.error(.wrongKind(expected: .string, found: value.kind))
                    }
                    learn(kind, of: field, measurement: measurement, in: Bucket(bucket), origin: .learned)
                }
            }
        }
    }

    private static func sorted<Value>(_ table: [ExactName: Value]) -> [(String, Value)] {
        table.map { ($0.key.text, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }
}

/// Why a text cannot be taken for what is known of the fields. The file it came from stays as it is.
enum FieldTypesError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Of a newer version of this program, most likely.
    case unknownFormat(Int64)
    case damaged(String)

    var description: String {
        switch self {
        case .unknownFormat(let format):
            "its format is \(format), and this version reads format \(FieldTypes.format) only"
        case .damaged(let detail): "it is damaged: \(detail)"
        }
    }
}
