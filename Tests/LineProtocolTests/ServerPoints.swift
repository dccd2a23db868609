import LineProtocol
import TestKit

/// A measurement as a server wants it, each field of one type for ever, with names that are hard to write.
struct GeneratedMeasurement {
    enum Kind: CaseIterable {
        case float
        case integer
        case boolean
        case string
    }

    let name: String
    let tagKeys: [String]
    let fields: [(key: String, kind: Kind)]
    let precision: Precision
    let policy: TextPolicy
    /// The time of the first point, a whole second; the others follow a second apart, so that no unit makes two of them
    /// one.
    let start: Int64

    /// Weeks in which the points lie, few, since a server makes a file set for each: the first and the last, around 1970,
    /// and today.
    private static let starts: [Int64] = [
        -9_223_372_035_000_000_000, -1_000_000_000_000, -3_000_000_000, 0, 1_760_000_000_000_000_000,
        4_102_444_800_000_000_000, 9_223_372_035_000_000_000,
    ]

    /// Draws until the encoder takes the names, and counts what it did not take.
    init(
        number: Int, precision: Precision, policy: TextPolicy, refusals: inout [String: Int],
        using random: inout SeededGenerator
    ) {
        while true {
            let measurement = GeneratedMeasurement(
                drawn: number, precision: precision, policy: policy, using: &random)
            guard let reason = measurement.refusal() else {
                self = measurement
                return
            }
            refusals[reason, default: 0] += 1
        }
    }

    private init(drawn number: Int, precision: Precision, policy: TextPolicy, using random: inout SeededGenerator) {
        func name(_ letter: String, _ index: Int, using random: inout SeededGenerator) -> String {
            // The number keeps names apart, and replaced ones, too.
            HostileText.text(6, around: "\(letter)\(1_000 + index)", using: &random)
        }
        self.name = name("n", number, using: &random)
        tagKeys = (0..<4).map { name("t", $0, using: &random) }
        fields = (0..<8).map { (name("f", $0, using: &random), Kind.allCases[$0 % 4]) }
        (self.precision, self.policy) = (precision, policy)
        let start = Self.starts[number % Self.starts.count]
        // The last week ends before all the points would be in it.
        self.start = start > 9_223_372_034_000_000_000 ? start - 1_000_000_000_000 : start
    }

    private func refusal() -> String? {
        var encoder = LineEncoder(precision: precision, dialect: .influx1, text: policy)
        let tags = tagKeys.map { Tag($0, "x") }
        let all = Point(measurement: name, tags: tags, fields: fields.map { Field($0.key, .integer(0)) })
        do throws(LineEncodingError) {
            try encoder.append(all)
            return nil
        } catch {
            return Self.word(for: error)
        }
    }

    /// A reason without the texts in it, to count by.
    static func word(for error: LineEncodingError) -> String {
        "\(error.reason)".prefix { $0 != "(" }.description
    }

    func point(_ index: Int, using random: inout SeededGenerator) -> Point {
        var point = Point(measurement: name)
        for key in tagKeys where Int.random(in: 0..<3, using: &random) > 0 {
            point.tags.append(Tag(key, HostileText.text(6, using: &random)))
        }
        let always = Int.random(in: fields.indices, using: &random)
        for (index, field) in fields.enumerated() where index == always || Bool.random(using: &random) {
            point.fields.append(Field(field.key, Self.value(field.kind, using: &random)))
        }
        // What has no place in a line: refused, or left out.
        if Int.random(in: 0..<200, using: &random) == 0 { point.fields.append(Field("u", .unsigned(random.next()))) }
        if Int.random(in: 0..<20, using: &random) == 0 { point.fields.append(Field("x", .float(.nan))) }
        let offset = Int64(index) * 1_000_000_000 + Int64.random(in: 0..<1_000_000_000, using: &random)
        point.time = Timestamp(nanoseconds: start + offset)
        return point
    }

    private static func value(_ kind: Kind, using random: inout SeededGenerator) -> FieldValue {
        switch kind {
        case .float: .float(float(using: &random))
        case .integer: .integer(integer(using: &random))
        case .boolean: .boolean(Bool.random(using: &random))
        case .string: .string(HostileText.text(10, using: &random))
        }
    }

    private static func float(using random: inout SeededGenerator) -> Double {
        let edges: [Double] = [
            0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0x1p53, 0x1p63, 1e21,
            1e22, 1e-7, 0.1 + 0.2, .leastNormalMagnitude,
        ]
        return switch Int.random(in: 0..<5, using: &random) {
        case 0: edges[Int.random(in: edges.indices, using: &random)]
        case 1: Double(sign: .plus, exponent: .random(in: -1_000...1_000, using: &random), significand: 1.7)
        case 2: Double(Int.random(in: 0..<10_000_000, using: &random)) / 100
        case 3: Double(Int.random(in: 0..<1 << 50, using: &random))
        default: Double.random(in: -1e6...1e6, using: &random)
        }
    }

    private static func integer(using random: inout SeededGenerator) -> Int64 {
        let edges: [Int64] = [.min, .max, .min + 1, .max - 1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, 0, -1]
        return Bool.random(using: &random)
            ? edges[Int.random(in: edges.indices, using: &random)]
            : Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
    }
}

/// Points at the borders of what a server takes, each a measurement of its own.
func borderPoints() -> [Point] {
    func long(_ count: Int) -> String { String(repeating: "k", count: count) }
    func tagged(_ tag: LineProtocol.Tag) -> Point { Point(measurement: "b", tags: [tag]) }
    var points = [Timestamp.range.lowerBound, .min + 3, -1, 0, 1, Timestamp.range.upperBound].map {
        Point(measurement: "b", time: Timestamp(nanoseconds: $0))
    }
    // Measurement, tags, 4 bytes and the field key `v` make 65,535.
    points += [
        tagged(Tag("t", long(65_520))), tagged(Tag(long(65_520), "t")), Point(measurement: "b" + long(65_524)),
        tagged(Tag("t", String(repeating: ",", count: 32_760))), tagged(Tag("t", #"a\,b\=c\d"#)),
        tagged(Tag(#"a\,b"#, #""q"#)), Point(measurement: #"b=c"d"#),
    ]
    points.append(Point(measurement: "b", fields: [Field("s", .string(String(repeating: "\"\\\n", count: 300_000)))]))
    for index in points.indices {
        points[index].measurement += "_\(100 + index)"
        if points[index].time == nil { points[index].time = Timestamp(nanoseconds: 1_760_000_000_000_000_001) }
        points[index].fields.append(Field("v", .float(0.1)))
    }
    return points
}
