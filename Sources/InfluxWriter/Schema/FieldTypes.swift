import CoinlineBase
import LineProtocol

/// The types of fields that are known: by bucket, measurement and field.
///
/// Bounded. When it is full it keeps what it knows (`keepKnown`): more names are not learned, and so not guarded, which
/// ``unlearned`` counts.
struct FieldTypes: Sendable, Equatable {
    /// Where the bounds lie. Names come from outside, so a mistake (a name made of numbers) must not eat the memory.
    struct Limits: Sendable, Equatable {
        /// InfluxDB 3 takes 500 columns; the widest tables known have some hundred fields.
        var fieldsMax = 2_000
        /// Of one bucket.
        var measurementsMax = 2_000
        /// Of all names together.
        var nameBytesMax = 8 << 20
    }

    /// How a type came to be known; what stands later outweighs what stands before.
    enum Origin: Sendable, Equatable, Comparable {
        /// Learned, and in doubt since the destination said that the bucket is not there. Made anew, a bucket has no
        /// types; where only a right was missing it has them all, and the answer is the same. So a doubted type makes
        /// no dead letter, and the next one that is learned takes its place: the same one again, which is sure then, or
        /// the new one of a bucket that was made anew. Where a point of another type slips in first while only a right
        /// was missing, that one is taken for the field's type; declared types never are in doubt.
        case doubted
        /// In lines that the server acknowledged, or in the words of a refusal. What came first stays: both speak of
        /// one stretch of time only, and another one may hold the other type.
        case learned
        /// By whoever writes.
        case declared
    }

    struct Known: Sendable, Equatable {
        let kind: FieldType
        let origin: Origin

        /// The type that a point must have; nil where it is in doubt.
        var sure: FieldType? { origin == .doubted ? nil : kind }
    }

    typealias Fields = [ExactName: Known]

    let limits: Limits
    private(set) var buckets: [ExactName: [ExactName: Fields]] = [:]
    /// Fields that were not learned because of a bound, each time they came.
    private(set) var unlearned = 0
    /// Goes up with all that is worth saving.
    private(set) var revision = 0
    private var nameBytes = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    func fields(of measurement: String, in bucket: Bucket) -> Fields? {
        buckets[ExactName(bucket.name)]?[ExactName(measurement)]
    }

    /// The type that a field must have; nil where none is known, or the one that is known is in doubt.
    func kind(of field: String, measurement: String, in bucket: Bucket) -> FieldType? {
        fields(of: measurement, in: bucket)?[ExactName(field)]?.sure
    }

    /// Learns a type. Returns the one that is known where it is another and stays.
    @discardableResult
    mutating func learn(
        _ kind: FieldType, of field: String, measurement: String, in bucket: Bucket, origin: Origin
    ) -> FieldType? {
        let (bucketName, measurementName, fieldName) = (
            ExactName(bucket.name), ExactName(measurement), ExactName(field)
        )
        if let known = buckets[bucketName]?[measurementName]?[fieldName] {
            if known.kind == kind, known.origin >= origin { return nil }
            // Only a better source corrects, never a newer one.
            guard known.kind == kind || origin > known.origin else { return known.kind }
        } else {
            guard hasRoom(for: fieldName, measurementName, bucketName) else {
                unlearned += 1
                return nil
            }
        }
        buckets[bucketName, default: [:]][measurementName, default: [:]][fieldName] = Known(kind: kind, origin: origin)
        revision += 1
        return nil
    }

    /// Doubts what was learned of a bucket, and keeps what was declared.
    mutating func doubtLearned(of bucket: Bucket) {
        let name = ExactName(bucket.name)
        guard let measurements = buckets[name] else { return }
        let doubted = measurements.mapValues { fields in
            fields.mapValues { $0.origin == .learned ? Known(kind: $0.kind, origin: .doubted) : $0 }
        }
        guard doubted != measurements else { return }
        buckets[name] = doubted
        revision += 1
    }

    /// Puts what another process learned in the place of what was learned here, and keeps what was declared.
    mutating func takeOver(_ saved: FieldTypes) {
        var next = saved
        for (bucket, measurements) in buckets {
            for (measurement, fields) in measurements {
                for (field, known) in fields where known.origin == .declared {
                    next.learn(
                        known.kind, of: field.text, measurement: measurement.text, in: Bucket(bucket.text),
                        origin: .declared)
                }
            }
        }
        guard next.buckets != buckets else { return }
        next.revision = revision + 1
        self = next
    }

    /// What is saved comes to what is known, and gives way to it.
    mutating func learn(_ saved: FieldTypes) {
        for (bucket, measurements) in saved.buckets {
            for (measurement, fields) in measurements {
                for (field, known) in fields {
                    learn(
                        known.kind, of: field.text, measurement: measurement.text, in: Bucket(bucket.text),
                        origin: known.origin)
                }
            }
        }
    }

    /// Takes the bytes of new names, if they fit.
    private mutating func hasRoom(for field: ExactName, _ measurement: ExactName, _ bucket: ExactName) -> Bool {
        let measurements = buckets[bucket]
        let fields = measurements?[measurement]
        var bytes = field.text.utf8.count
        if fields == nil {
            guard (measurements?.count ?? 0) < limits.measurementsMax else { return false }
            bytes += measurement.text.utf8.count
        }
        if measurements == nil { bytes += bucket.text.utf8.count }
        guard (fields?.count ?? 0) < limits.fieldsMax, nameBytes + bytes <= limits.nameBytesMax else { return false }
        nameBytes += bytes
        return true
    }
}
