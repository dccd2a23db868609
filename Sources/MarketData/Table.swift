import LineProtocol

/// A measurement's columns together with where each finds its value in a record.
///
/// The declaration and the conversion are one thing here, so they cannot disagree.
struct Table<Record>: Sendable {
    let schema: MeasurementSchema
    private let tags: [TagColumn<Record>]
    private let fields: [FieldColumn<Record>]

    init(
        name: String, purpose: String, time: String, tags: [TagColumn<Record>], fields: [FieldColumn<Record>]
    ) {
        // Sorted once, so that every point has them in the order in which LCW-Fetch and servers have them.
        self.tags = tags.sorted { $0.schema.name < $1.schema.name }
        self.fields = fields.sorted { $0.schema.name < $1.schema.name }
        schema = MeasurementSchema(
            name: name, purpose: purpose, time: time, tags: self.tags.map(\.schema), fields: self.fields.map(\.schema))
    }

    /// The point of a record; nil where a required tag or every field is missing.
    func point(of record: Record, time: Timestamp) -> Point? {
        var pointTags: [Tag] = []
        pointTags.reserveCapacity(tags.count)
        for column in tags {
            if let value = column.value(record) {
                pointTags.append(Tag(column.schema.name, value))
            } else if !column.schema.isOptional {
                return nil
            }
        }
        var pointFields: [Field] = []
        pointFields.reserveCapacity(fields.count)
        for column in fields {
            if let value = column.value(record) { pointFields.append(Field(column.schema.name, value)) }
        }
        guard !pointFields.isEmpty else { return nil }
        return Point(measurement: schema.name, tags: pointTags, fields: pointFields, time: time)
    }
}

struct TagColumn<Record>: Sendable {
    let schema: TagSchema
    let value: @Sendable (Record) -> String?

    static func required(
        _ name: String, _ meaning: String, _ value: @escaping @Sendable (Record) -> String?
    ) -> TagColumn {
        TagColumn(schema: TagSchema(name: name, meaning: meaning, isOptional: false), value: value)
    }

    static func optional(
        _ name: String, _ meaning: String, _ value: @escaping @Sendable (Record) -> String?
    ) -> TagColumn {
        TagColumn(schema: TagSchema(name: name, meaning: meaning, isOptional: true), value: value)
    }
}

/// A field's declaration; its type is that of the closure which reads it.
struct FieldColumn<Record>: Sendable {
    let schema: FieldSchema
    let value: @Sendable (Record) -> FieldValue?

    /// A float; NaN and the infinities, which line protocol cannot say, count as missing.
    static func float(
        _ name: String, unit: String, _ meaning: String, from origin: FieldOrigin = .original,
        _ value: @escaping @Sendable (Record) -> Double?
    ) -> FieldColumn {
        let schema = FieldSchema(name: name, type: .float, unit: unit, meaning: meaning, origin: origin)
        return FieldColumn(schema: schema) { record in
            guard let number = value(record), number.isFinite else { return nil }
            return .float(number)
        }
    }

    static func integer(
        _ name: String, unit: String, _ meaning: String, from origin: FieldOrigin = .original,
        _ value: @escaping @Sendable (Record) -> Int64?
    ) -> FieldColumn {
        let schema = FieldSchema(name: name, type: .integer, unit: unit, meaning: meaning, origin: origin)
        return FieldColumn(schema: schema) { record in value(record).map { .integer($0) } }
    }
}
