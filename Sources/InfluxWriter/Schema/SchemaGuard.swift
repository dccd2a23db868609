import CoinlineBase
import LineProtocol

/// Keeps a field to its type: tells of a point that would conflict before it costs a batch.
///
/// It knows what the caller declares, what was acknowledged and what a refusal told. What waits is not known yet: the
/// server decides about it, since a first wrong point must not shut out the right ones.
struct SchemaGuard: Sendable {
    /// A point whose field has another type than the field has.
    struct Conflict: Error, Sendable, Equatable, CustomStringConvertible {
        let measurement: String
        let field: String
        let known: FieldType
        let offered: FieldType

        var description: String {
            "field \(quoted(field)) of measurement \(quoted(measurement)) is \(known.name), "
                + "and the point has it as \(offered.name)"
        }

        private func quoted(_ name: String) -> String { "\"\(RejectedLine.excerpt(of: name.utf8))\"" }
    }

    private(set) var types: FieldTypes
    /// The points seen last that were fine, by bucket, with the revision of what was known then.
    private var fine: [Bucket: (shape: Shape, revision: Int)] = [:]

    init(_ types: FieldTypes = FieldTypes()) {
        self.types = types
    }

    /// The first field that conflicts; nil for a point that may be written.
    mutating func check(_ point: Point, in bucket: Bucket) -> Conflict? {
        if let last = fine[bucket], last.revision == types.revision, last.shape.matches(point) { return nil }
        if let known = types.fields(of: point.measurement, in: bucket) {
            for field in point.fields {
                let offered = field.value.type
                guard let kind = known[ExactName(field.key)]?.sure, kind != offered else { continue }
                return Conflict(measurement: point.measurement, field: field.key, known: kind, offered: offered)
            }
        }
        if fine.count >= 1_000 { fine = [:] }
        fine[bucket] = (Shape(point), types.revision)
        return nil
    }

    /// Types that the caller knows, which outweigh all that is learned.
    mutating func declare(_ kind: FieldType, of field: String, measurement: String, in bucket: Bucket) {
        types.learn(kind, of: field, measurement: measurement, in: bucket, origin: .declared)
    }

    /// Learns from lines that a server acknowledged. Returns the fields that came in another type than is known: such
    /// points are stored and yet in no query's answer.
    mutating func learn(_ acknowledged: OfferedTypes, in bucket: Bucket) -> [Conflict] {
        acknowledged.offers.compactMap { offer in
            types.learn(
                offer.kind, of: offer.field.text, measurement: offer.measurement.text, in: bucket, origin: .learned
            ).map {
                Conflict(
                    measurement: offer.measurement.text, field: offer.field.text, known: $0, offered: offer.kind)
            }
        }
    }

    /// The bucket is not there, or a right to it is missing. If it is made anew, it has no types.
    mutating func doubtLearned(of bucket: Bucket) {
        types.doubtLearned(of: bucket)
    }

    /// What is saved comes to what is known, and gives way to it.
    mutating func learn(_ saved: FieldTypes) {
        types.learn(saved)
    }

    /// What the process that delivers learned, in the place of what was known of it.
    mutating func takeOver(_ saved: FieldTypes) {
        types.takeOver(saved)
    }

    /// Learns what a server said in a refusal.
    mutating func learn(_ told: Offenders.Told, in bucket: Bucket) {
        types.learn(told.kind, of: told.field, measurement: told.measurement, in: bucket, origin: .learned)
    }
}
