import CoinlineBase
import LineProtocol
import TestKit
import Testing

@testable import InfluxWriter

/// Macros of tests cannot change a value, so this holds one.
private final class GuardBox {
    var schema: SchemaGuard

    init(_ types: FieldTypes = FieldTypes()) { schema = SchemaGuard(types) }

    func check(_ point: Point, in bucket: Bucket) -> SchemaGuard.Conflict? { schema.check(point, in: bucket) }

    func learn(_ points: Point..., in bucket: Bucket) -> [SchemaGuard.Conflict] {
        var offered = OfferedTypes()
        for point in points { offered.add(point) }
        return schema.learn(offered, in: bucket)
    }
}

private func point(_ measurement: String, _ fields: (String, FieldValue)...) -> Point {
    Point(measurement: measurement, fields: fields.map { Field($0.0, $0.1) }, time: Timestamp(nanoseconds: 1))
}

@Suite("Schema guard")
struct SchemaGuardTests {
    private let bucket = Bucket("b")

    @Test("a field keeps the type in which it was acknowledged, and a point that has another is told of")
    func conflict() {
        let guarding = GuardBox()
        #expect(guarding.check(point("m", ("v", .integer(1))), in: bucket) == nil)
        #expect(guarding.check(point("m", ("v", .float(1))), in: bucket) == nil)
        #expect(guarding.learn(point("m", ("v", .integer(1)), ("w", .string("x"))), in: bucket).isEmpty)

        let conflict = guarding.check(point("m", ("w", .string("y")), ("v", .float(1))), in: bucket)

        #expect(conflict == .init(measurement: "m", field: "v", known: .integer, offered: .float))
        #expect(
            conflict?.description
                == "field \"v\" of measurement \"m\" is integer, and the point has it as float")
        #expect(guarding.check(point("m", ("v", .integer(9))), in: bucket) == nil)
        #expect(guarding.check(point("n", ("v", .float(1))), in: bucket) == nil)
        #expect(guarding.check(point("m", ("v", .float(1))), in: Bucket("c")) == nil)
    }

    @Test("every pair of different types conflicts, and none with itself")
    func kinds() {
        let values: [FieldValue] = [.float(1), .integer(1), .unsigned(1), .boolean(true), .string("1")]
        for known in values {
            let guarding = GuardBox()
            _ = guarding.learn(point("m", ("v", known)), in: bucket)
            for offered in values {
                let isFine = guarding.check(point("m", ("v", offered)), in: bucket) == nil
                #expect(isFine == (known == offered))
            }
        }
    }

    @Test("a declared type outweighs what was learned, before and after")
    func declared() {
        let guarding = GuardBox()
        _ = guarding.learn(point("m", ("v", .integer(1))), in: bucket)
        guarding.schema.declare(.float, of: "v", measurement: "m", in: bucket)

        #expect(guarding.check(point("m", ("v", .float(1))), in: bucket) == nil)
        #expect(guarding.check(point("m", ("v", .integer(1))), in: bucket) != nil)
        // Acknowledged in another type: stored, and hidden from queries.
        #expect(
            guarding.learn(point("m", ("v", .integer(1))), in: bucket)
                == [.init(measurement: "m", field: "v", known: .float, offered: .integer)])
        #expect(guarding.schema.types.kind(of: "v", measurement: "m", in: bucket) == .float)
    }

    @Test("what a refusal tells is learned, and does not turn over what was acknowledged")
    func told() {
        let guarding = GuardBox()
        guarding.schema.learn(.init(measurement: "m", field: "v", kind: .float), in: bucket)
        #expect(guarding.check(point("m", ("v", .integer(1))), in: bucket)?.known == .float)

        _ = guarding.learn(point("m", ("w", .integer(1))), in: bucket)
        guarding.schema.learn(.init(measurement: "m", field: "w", kind: .float), in: bucket)

        #expect(guarding.check(point("m", ("w", .integer(1))), in: bucket) == nil)
    }

    @Test("one field in two types in acknowledged lines is told of, the first one stays")
    func twoTypes() {
        let guarding = GuardBox()
        let conflicts = guarding.learn(
            point("m", ("v", .integer(1))), point("m", ("v", .float(1))), point("m", ("v", .integer(2))), in: bucket)

        #expect(conflicts == [.init(measurement: "m", field: "v", known: .integer, offered: .float)])
    }

    @Test("what was fine is checked again once more is known")
    func learnedLater() {
        let guarding = GuardBox()
        #expect(guarding.check(point("m", ("v", .float(1))), in: bucket) == nil)
        #expect(guarding.check(point("m", ("v", .float(2))), in: bucket) == nil)

        _ = guarding.learn(point("m", ("v", .integer(1))), in: bucket)

        #expect(guarding.check(point("m", ("v", .float(3))), in: bucket) != nil)
    }

    @Test("names are told apart by their bytes")
    func bytes() {
        let guarding = GuardBox()
        _ = guarding.learn(point("m", ("\u{E9}", .integer(1)), ("K", .integer(1))), in: bucket)

        #expect(guarding.check(point("m", ("e\u{301}", .float(1))), in: bucket) == nil)
        #expect(guarding.check(point("m", ("\u{E9}", .float(1))), in: bucket) != nil)
        #expect(guarding.check(point("m", ("\u{212A}", .float(1))), in: bucket) == nil)
        // And not taken for one that was fine a moment ago.
        #expect(guarding.check(point("m", ("K", .integer(1))), in: bucket) == nil)
        guarding.schema.declare(.float, of: "\u{212A}", measurement: "m", in: bucket)
        #expect(guarding.check(point("m", ("K", .integer(1))), in: bucket) == nil)
        #expect(guarding.check(point("m", ("\u{212A}", .integer(1))), in: bucket) != nil)
    }

    @Test("types are read from lines, without those that were refused")
    func lines() {
        let raw = Array("m v=1i,w=\"a\nb\" 1\nm v=2i 2\nn v=t\nm v=1.5 4\nbroken\n".utf8)

        let all = OfferedTypes(lines: raw)
        let some = OfferedTypes(lines: raw, except: [4])

        #expect(
            all.offers.map { "\($0.measurement.text) \($0.field.text) \($0.kind)" }
                == ["m v integer", "m w string", "n v boolean", "m v float"])
        #expect(all.unread == 1)
        #expect(some.offers.count == 3)
    }

    @Test("random points: what conflicts is exactly what has another type than the first acknowledged")
    func random() {
        var generator = SeededGenerator()
        let values: [FieldValue] = [.float(1), .integer(1), .unsigned(1), .boolean(true), .string("1")]
        let names = ["a", "b", "é", "e\u{301}", "K", "\u{212A}"]
        let guarding = GuardBox()
        var first: [String: FieldType] = [:]
        for _ in 0..<3_000 {
            let name = names.randomElement(using: &generator) ?? ""
            let measurement = ["m", "n"].randomElement(using: &generator) ?? ""
            let value = values.randomElement(using: &generator) ?? .float(1)
            let key = measurement + ":" + Array(name.utf8).map { "\($0)" }.joined(separator: ",")
            let known = first[key]
            let conflict = guarding.check(point(measurement, (name, value)), in: bucket)
            #expect((conflict != nil) == (known != nil && known != value.type), "seed \(SeededGenerator.seed)")
            if conflict == nil, Int.random(in: 0..<50, using: &generator) == 0 {
                #expect(guarding.learn(point(measurement, (name, value)), in: bucket).isEmpty)
                first[key] = value.type
            }
        }
        #expect(first.count > 6)
    }
}

@Suite("Schema guard: what is known of the fields")
struct SchemaGuardFieldTypesTests {
    private let bucket = Bucket("b")

    private func learned(_ fields: [(String, String)], _ limits: FieldTypes.Limits = .init()) -> FieldTypes {
        var types = FieldTypes(limits: limits)
        for (measurement, field) in fields {
            types.learn(.float, of: field, measurement: measurement, in: bucket, origin: .learned)
        }
        return types
    }

    @Test("as text and back, in the order of the bytes, without what was declared")
    func json() throws {
        var types = learned([("m", "v"), ("m", "a\"b\n"), ("é", "1")])
        types.learn(.unsigned, of: "u", measurement: "m", in: Bucket("a/b"), origin: .learned)
        types.learn(.string, of: "d", measurement: "m", in: bucket, origin: .declared)

        let text = String(decoding: types.json(), as: UTF8.self)
        let read = try FieldTypes(json: types.json())

        #expect(
            text
                == #"{"format":1,"buckets":{"a/b":{"m":{"u":"unsigned"}},"b":{"m":{"a\"b\n":"float","v":"float"},"#
                + #""é":{"1":"float"}}}}"# + "\n")
        #expect(read.kind(of: "u", measurement: "m", in: Bucket("a/b")) == .unsigned)
        #expect(read.kind(of: "d", measurement: "m", in: bucket) == nil)
        #expect(read.json() == types.json())
        #expect(try FieldTypes(json: FieldTypes().json()) == FieldTypes())
    }

    @Test(
        "an unknown format and damage are errors that say so",
        arguments: [
            (#"{"format":2,"buckets":[]}"#, "its format is 2, and this version reads format 1 only"),
            (#"{"buckets":{}}"#, "it is damaged: schema: the member \"format\" is missing"),
            (#"{"format":1}"#, "it is damaged: schema: the member \"buckets\" is missing"),
            (#"{"format":1,"buckets":{"b":{"m":{"v":"double"}}}}"#, "it is damaged: schema.buckets.b.m.v"),
            (#"{"format":1,"buckets":{"b":{"m":{"v":1}}}}"#, "it is damaged: schema.buckets.b.m.v"),
            (#"{"format":1,"buckets":{"b":"#, "it is damaged"), ("", "it is damaged"), ("\u{0}", "it is damaged"),
        ])
    func errors(text: String, expected: String) {
        do throws(FieldTypesError) {
            _ = try FieldTypes(json: Array(text.utf8))
            Issue.record("it was read")
        } catch {
            #expect("\(error)".hasPrefix(expected), "\(error)")
        }
    }

    @Test("when it is full it keeps what it knows, learns no more and counts that")
    func bounds() {
        let fields = learned([("m", "a"), ("m", "b"), ("m", "c"), ("n", "c"), ("m", "c")], .init(fieldsMax: 2))
        #expect(fields.kind(of: "c", measurement: "m", in: bucket) == nil)
        #expect(fields.kind(of: "c", measurement: "n", in: bucket) == .float)
        #expect(fields.unlearned == 2)

        let measurements = learned([("a", "v"), ("b", "v"), ("c", "v"), ("a", "w")], .init(measurementsMax: 2))
        #expect(measurements.unlearned == 1 && measurements.kind(of: "w", measurement: "a", in: bucket) == .float)

        // "b" for the bucket, "m" and the two names: 1 + 1 + 3 + 4.
        let bytes = learned([("m", "abc"), ("m", "defgh"), ("m", "defg"), ("m", "i")], .init(nameBytesMax: 9))
        #expect(bytes.unlearned == 2 && bytes.kind(of: "defg", measurement: "m", in: bucket) == .float)
    }

    @Test("what was learned of a bucket is doubted: it binds no point, and the next type that is learned is sure")
    func doubted() throws {
        for (next, other) in [(FieldType.integer, FieldType.float), (.float, .integer)] {
            var types = FieldTypes()
            types.learn(.integer, of: "declared", measurement: "m", in: bucket, origin: .declared)
            types.learn(.integer, of: "learned", measurement: "m", in: bucket, origin: .learned)
            types.learn(.integer, of: "learned", measurement: "m", in: Bucket("c"), origin: .learned)
            let revision = types.revision

            types.doubtLearned(of: bucket)
            types.doubtLearned(of: bucket)
            types.doubtLearned(of: Bucket("d"))

            #expect(types.revision == revision + 1)
            #expect(types.kind(of: "declared", measurement: "m", in: bucket) == .integer)
            #expect(types.kind(of: "learned", measurement: "m", in: bucket) == nil)
            #expect(types.kind(of: "learned", measurement: "m", in: Bucket("c")) == .integer)
            // What is still in doubt after a restart.
            types = try FieldTypes(json: types.json())
            #expect(types.kind(of: "learned", measurement: "m", in: bucket) == nil)

            let known = types.learn(next, of: "learned", measurement: "m", in: bucket, origin: .learned)
            let refused = types.learn(other, of: "learned", measurement: "m", in: bucket, origin: .learned)

            #expect(known == nil && refused == next)
            #expect(types.kind(of: "learned", measurement: "m", in: bucket) == next)
        }
    }

    @Test("types in doubt stand by themselves in the text, which is as before where there are none")
    func doubtedJSON() throws {
        var types = learned([("m", "v")])
        types.doubtLearned(of: bucket)
        types.learn(.string, of: "w", measurement: "m", in: bucket, origin: .learned)

        let text = String(decoding: types.json(), as: UTF8.self)

        #expect(
            text == #"{"format":1,"buckets":{"b":{"m":{"w":"string"}}},"doubted":{"b":{"m":{"v":"float"}}}}"# + "\n")
        #expect(try FieldTypes(json: types.json()).json() == types.json())
        #expect(throws: FieldTypesError.self) { () throws in
            try FieldTypes(json: Array(#"{"format":1,"buckets":{},"doubted":{"b":{"m":{"v":"x"}}}}"#.utf8))
        }
    }

    @Test("what another process learned takes the place of what was learned here, and what was declared stays")
    func takenOver() {
        var types = learned([("m", "old"), ("m", "same")])
        types.learn(.string, of: "declared", measurement: "m", in: bucket, origin: .declared)
        var saved = FieldTypes()
        saved.learn(.integer, of: "old", measurement: "m", in: bucket, origin: .learned)
        saved.learn(.float, of: "declared", measurement: "m", in: bucket, origin: .learned)
        saved.learn(.float, of: "new", measurement: "n", in: bucket, origin: .learned)
        let revision = types.revision

        types.takeOver(saved)
        types.takeOver(saved)

        #expect(types.revision == revision + 1)
        let kinds = ["old", "same", "declared"].map { types.kind(of: $0, measurement: "m", in: bucket) }
        #expect(kinds == [.integer, nil, .string])
        #expect(types.kind(of: "new", measurement: "n", in: bucket) == .float)
    }

    @Test("reading keeps to the limits too")
    func boundedReading() throws {
        let types = learned([("m", "a"), ("m", "b"), ("m", "c")])

        let read = try FieldTypes(json: types.json(), limits: .init(fieldsMax: 1))

        #expect(read.unlearned == 2 && read.kind(of: "a", measurement: "m", in: bucket) == .float)
    }

    @Test("the revision tells whether there is something to save")
    func revision() {
        var types = learned([("m", "a")])
        let before = types.revision
        types.learn(.float, of: "a", measurement: "m", in: bucket, origin: .learned)
        types.learn(.integer, of: "a", measurement: "m", in: bucket, origin: .learned)
        #expect(types.revision == before)

        types.learn(.float, of: "b", measurement: "m", in: bucket, origin: .learned)

        #expect(types.revision > before)
    }
}
