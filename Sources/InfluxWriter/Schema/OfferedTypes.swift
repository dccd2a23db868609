import CoinlineBase
import LineProtocol

/// The types of the fields in some lines: what is to be learned once these are acknowledged.
struct OfferedTypes: Sendable, Equatable {
    struct Offer: Sendable, Hashable {
        let measurement: ExactName
        let field: ExactName
        let kind: FieldType
    }

    /// Each once, in the order of the lines.
    private(set) var offers: [Offer] = []
    /// Lines that could not be read, and what is over the bound.
    private(set) var unread = 0

    /// A batch of thousands of lines has some dozen; a mistake may make one a line.
    static let offersMax = 20_000

    private var seen: Set<Offer> = []
    private var last = Shape()

    init() {}

    /// The types in line protocol that is not compressed.
    init(lines raw: [UInt8], except left: Set<Int> = []) {
        ServerLines.forEachLine(in: raw) { line in
            if left.contains(line.number) { return }
            if let point = LineReading.point(raw, line.bytes, .nanoseconds) { add(point) } else { unread += 1 }
        }
    }

    mutating func add(_ point: Point) {
        // Point after point has the same fields.
        if last.matches(point) { return }
        for field in point.fields {
            let offer = Offer(
                measurement: ExactName(point.measurement), field: ExactName(field.key), kind: field.value.type)
            add(offer)
        }
        last = Shape(point)
    }

    /// Those of other lines.
    mutating func add(_ other: OfferedTypes) {
        for offer in other.offers { add(offer) }
        unread += other.unread
    }

    private mutating func add(_ offer: Offer) {
        if seen.contains(offer) { return }
        guard offers.count < Self.offersMax else {
            unread += 1
            return
        }
        seen.insert(offer)
        offers.append(offer)
    }

    static func == (left: OfferedTypes, right: OfferedTypes) -> Bool {
        left.offers == right.offers && left.unread == right.unread
    }
}

/// The measurement and the fields of a point, to tell quickly that another one has the same.
struct Shape: Sendable {
    private var measurement = ""
    private var fields: [(key: String, kind: FieldType)] = []
    /// Texts of ASCII are compared as a whole, which is fast; two of them are equal only when their bytes are.
    private var isPlain = false

    init() {}

    init(_ point: Point) {
        measurement = point.measurement
        fields = point.fields.map { ($0.key, $0.value.type) }
        isPlain = ([measurement] + fields.map(\.key)).allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
    }

    func matches(_ point: Point) -> Bool {
        guard isPlain, point.fields.count == fields.count, isSame(point.measurement, measurement) else { return false }
        for (field, known) in zip(point.fields, fields) {
            guard field.value.type == known.kind, isSame(field.key, known.key) else { return false }
        }
        return true
    }

    /// One of other letters that counts as equal to one of ASCII has more bytes.
    private func isSame(_ text: String, _ plain: String) -> Bool {
        text == plain && text.utf8.count == plain.utf8.count
    }
}

/// Reads single lines of a body.
enum LineReading {
    /// The point in a line; nil where strict line protocol is not what stands there, or not all of it.
    static func point(_ raw: [UInt8], _ range: Range<Int>, _ precision: Precision) -> Point? {
        var parser = LineParser(raw, precision: precision, startingAt: range.lowerBound)
        do throws(LineParsingError) {
            guard let parsed = try parser.next(), parsed.bytes.lowerBound == range.lowerBound else { return nil }
            return raw[min(parsed.bytes.upperBound, range.upperBound)..<range.upperBound].allSatisfy { $0 == 0x20 }
                && parsed.bytes.upperBound <= range.upperBound ? parsed.point : nil
        } catch {
            return nil
        }
    }
}
