import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("The writer keeps fields to their types", .timeLimit(.minutes(8)))
struct WriterSchemaTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld()
    }

    private func text(_ number: Int) -> Point {
        var point = point(number)
        point.fields = [Field("n", .string("x"))]
        return point
    }

    private func declare(_ configuration: inout Writer.Configuration) {
        configuration.fieldTypes = [
            FieldDeclaration(bucket: world.bucket, measurement: "m", field: "n", type: .integer)
        ]
    }

    @Test("points against a declared type become dead letters, whose text names all, and cost no batch")
    func declared() async throws {
        let writer = try world.writer(speed: 1, declare)
        let told = events(of: writer)
        let receipt = try await writer.write(
            [point(1), text(2), point(3)] + (0..<600).map { text($0) }, to: world.bucket)
        #expect(receipt.accepted == 603 && receipt.deadLettered == 601 && receipt.refusedCount == 0)
        let report = await writer.close(within: .seconds(300))
        #expect(report.status.own.deadLettered == 601 && report.status.own.acknowledged == 2)
        #expect(report.status.own.addsUp && report.status.total.addsUp)
        #expect(world.destination.requests == 1 && world.destination.lines == ["m,k=v n=1i 1", "m,k=v n=3i 3"])
        let letters = try world.letters()
        #expect(letters.count == 601)
        let first = try #require(letters.first)
        #expect(first.reason == "not sent: field \"n\" of measurement \"m\" is integer, and the point has it as string")
        #expect(first.content == .line(Array("m,k=v n=\"x\" 2".utf8)) && first.bucket == world.bucket)
        let lines = await told.value.reduce(0) {
            if case .deadLettered(let lines, _, _) = $1 { $0 + lines } else { $0 }
        }
        #expect(lines == 601)
    }

    @Test("enqueued points against their type are held like others, and accepted as dead letters")
    func enqueued() async throws {
        let writer = try world.writer(speed: 1, declare)
        let receipt = try await writer.enqueue([text(1), point(2)], to: world.bucket)
        #expect(receipt.accepted == 0 && receipt.deadLettered == 0)
        try await writer.flush(within: .seconds(300))
        #expect(writer.status.own.deadLettered == 1 && writer.status.own.accepted == 2 && writer.status.held == 0)
    }

    @Test("another bucket and another measurement have types of their own, and the guard can be switched off")
    func apart() async throws {
        let writer = try world.writer(speed: 1, declare)
        #expect(try await writer.write([text(1)], to: Bucket("c")).deadLettered == 0)
        _ = await writer.close(within: .seconds(300))
        let off = try world.writer(speed: 1) {
            declare(&$0)
            $0.guardsTypes = false
        }
        #expect(try await off.write([text(1)], to: world.bucket).deadLettered == 0)
        _ = await off.close(within: .seconds(300))
    }

    @Test("what is acknowledged is learned, and known after a restart")
    func learned() async throws {
        let writer = try world.writer(speed: 1)
        #expect(try await writer.write([point(1)], to: world.bucket).deadLettered == 0)
        try await world.until(writer) { writer.status.own.acknowledged == 1 }
        try await world.until(writer) {
            writer.core.typesNow.types.kind(of: "n", measurement: "m", in: world.bucket) == .integer
        }
        #expect(try await writer.write([text(2)], to: world.bucket).deadLettered == 1)
        _ = await writer.close(within: .seconds(300))
        let json = try String(contentsOfFile: world.layout.schemaPath, encoding: .utf8)
        #expect(json == #"{"format":1,"buckets":{"b":{"m":{"n":"integer"}}}}"# + "\n")

        let next = try world.writer(speed: 1)
        #expect(try await next.write([text(3), point(4)], to: world.bucket).deadLettered == 1)
        #expect(await next.close(within: .seconds(300)).status.own.acknowledged == 1)
    }

    @Test(
        "field types of an unknown format or damaged ones are an error that touches nothing",
        arguments: [#"{"format":2,"buckets":{}}"#, "{", #"{"format":1,"buckets":{"b":{"m":{"n":"double"}}}}"#])
    func unreadable(json: String) async throws {
        let schema = "\(world.folder.path)/schema"
        try FileManager.default.createDirectory(atPath: schema, withIntermediateDirectories: false)
        try world.folder.write(json, to: "schema/main.json")
        let error = #expect(throws: WriteError.self) { try world.writer() }
        guard case .outbox(let text)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains(world.layout.schemaPath) && text.hasSuffix("nothing was changed"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder.path) == ["schema"])
        #expect(try String(contentsOfFile: world.layout.schemaPath, encoding: .utf8) == json)
        // Another destination has its own.
        let other = try world.writer(speed: 1) { $0.destination = "other" }
        #expect(try await other.write([point(1)], to: world.bucket).accepted == 1)
    }

    @Test("a destination's name or a compression level that cannot be is an error")
    func badSettings() throws {
        #expect(throws: WriteError.self) { try world.writer { $0.destination = "../x" } }
        #expect(throws: WriteError.self) { try world.writer { $0.gzipLevel = 10 } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder.path).isEmpty)
    }
}
