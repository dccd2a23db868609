import CoinlineBase
import CoinlineJSON
import LineProtocol

/// As text: `{"format":1,"buckets":{"b":{"m":{"f":"integer"}}}}`. Declared types are not in it, since whoever writes
/// declares them anew. Those in doubt stand by themselves, in a member `doubted` of the same form, which is there only
/// where some are: a version that does not know it reads the rest.
extension FieldTypes {
    static let format: Int64 = 1
    /// Names twice over, with escapes and types: more is not ours.
    static let jsonBytesMax = 64 << 20

    func json() -> [UInt8] {
        let document = JSONWriter.object { out in
            out.member("format", Self.format)
            append(.learned, as: "buckets", to: &out)
            append(.doubted, as: "doubted", to: &out)
        }
        return document.bytes + [0x0A]
    }

    private func append(_ origin: Origin, as key: String, to out: inout JSONWriter) {
        let tables = buckets.mapValues { measurements in
            measurements.mapValues { $0.filter { $0.value.origin == origin } }.filter { !$0.value.isEmpty }
        }.filter { !$0.value.isEmpty }
        if tables.isEmpty, origin == .doubted { return }
        out.object(key) { out in
            for (bucket, measurements) in Self.sorted(tables) {
                out.object(bucket) { out in Self.append(measurements, to: &out) }
            }
        }
    }

    private static func append(_ measurements: [ExactName: Fields], to out: inout JSONWriter) {
        for (measurement, fields) in sorted(measurements) {
            out.object(measurement) { out in
                for (field, known) in sorted(fields) { out.member(field, known.kind.name) }
            }
        }
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
            try read(root.requiredMember("buckets"), as: .learned)
            if let doubted = try root.member("doubted") { try read(doubted, as: .doubted) }
        } catch {
            throw .damaged("\(error)")
        }
    }

    private mutating func read(_ buckets: JSONCursor, as origin: Origin) throws(JSONError) {
        for (bucket, measurements) in try buckets.members() {
            for (measurement, fields) in try measurements.members() {
                for (field, value) in try fields.members() {
                    guard let kind = FieldType(name: try value.string()) else {
                        throw value.error(.wrongKind(expected: .string, found: value.kind))
                    }
                    learn(kind, of: field, measurement: measurement, in: Bucket(bucket), origin: origin)
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
