import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

/// Lines that a server refuses become dead letters, exactly these, wherever they stand and whatever is in them.
@Suite("Lines that poison their batch", .timeLimit(.minutes(2)), .requiresTestServers)
struct PoisonTests {
    private static let spots: [[Int]] = [[0], [10], [19], [3, 4, 12], [0, 1, 18, 19]]

    /// Each with its number in it, and without a newline, so that it is a line by any rule.
    private static let lines = [
        "chaos,lane=0,run=place n=%i,v= 1767571200000",
        #"chaos,lane=0,run=place n=%i,text="a \"quoted\" word",v= 1767571200000"#,
        "chaos,lane=0,run=place n=%i,v=1.2.3 1767571200000",
        "chaos,lane=0,run=place n=%i,v=1 not-a-time",
        #"chaos,lane=0,run=place n=%i,text="unable to parse 'chaos n=': missing field value",v= 1767571200000"#,
        // A newline in a string, which is one line all the same.
        "chaos,lane=0,run=place n=%i,text=\"two\nlines\",v= 1767571200000",
    ]

    private func send(_ lines: [String], _ place: Place) async throws -> Report {
        try place.data.add(lines, to: Place.bucket.name, .milliseconds, writer: 7)
        let writer = try place.writer()
        _ = await writer.drain(givingUpAfter: .seconds(600))
        return await writer.close(within: .zero)
    }

    @Test(
        "at the first, middle and last place and several in one batch",
        arguments: Backend.Kind.allCases, spots)
    func places(kind: Backend.Kind, spots: [Int]) async throws {
        let place = try await Place(kind)
        var ledger = Ledger()
        var unreadable: [Int: String] = [:]
        for (index, pattern) in Self.lines.enumerated() {
            let numbers = index * 20..<index * 20 + 20
            for spot in spots {
                let number = numbers.lowerBound + spot
                unreadable[number] = pattern.replacing("%", with: "\(number)")
            }
            ledger.note(numbers, Ledger.Offer(bucket: Place.bucket.name, precision: "ms"))

            let report = try await send(
                numbers.map { unreadable[$0] ?? Expected.line($0, run: Place.run) }, place)

            // Nothing is stored that should not be, nothing is missing, and no line is in two places.
            let law = Law(run: Place.run, poison: 0, unreadable: unreadable)
            let outcome = try await law.check(ledger, place.backend, place.data)
            #expect(outcome.problems == [], "\(pattern)")
            #expect(
                outcome.letters == unreadable.count && outcome.stored == numbers.upperBound - unreadable.count,
                "\(pattern)")
            #expect(report.status.total.addsUp && report.isDrained, "\(pattern)")
            #expect(report.status.total.deadLettered == spots.count, "\(pattern)")
            #expect(report.status.total.acknowledged == 20 - spots.count, "\(pattern)")
        }
        await place.end()
    }

    @Test(
        "a quote that is never closed swallows its neighbours for the server, and none of them is lost or there twice",
        arguments: Backend.Kind.allCases)
    func unclosedQuote(kind: Backend.Kind) async throws {
        for bad in [0, 10, 19] {
            let place = try await Place(kind)
            // Without texts, so that no other quote closes it.
            let numbers = (0..<20).map { $0 * 7 }
            let lines = numbers.enumerated().map { index, number in
                index == bad
                    ? "chaos,lane=0,run=place n=\(number)i,text=\"open 1767571200000"
                    : Expected.line(number, run: Place.run)
            }

            let report = try await send(lines, place)

            let stored = try await place.stored()
            let kept = try place.data.letters().flatMap(\.lines).map { String(decoding: $0, as: UTF8.self) }
            for (index, number) in numbers.enumerated() {
                let isStored = stored.contains(number)
                let letters = kept.filter { $0.contains(" n=\(number)i,") }.count
                #expect(isStored ? letters == 0 && index != bad : letters == 1, "\(number): \(stored), \(kept)")
            }
            #expect(Set(stored).count == stored.count)
            #expect(report.status.total.addsUp && report.isDrained, "\(report)")
            await place.end()
        }
    }

    @Test(
        "a real conflict of types becomes a dead letter that names it, and the next one costs no request",
        arguments: Backend.Kind.allCases)
    func conflict(kind: Backend.Kind) async throws {
        let place = try await Place(kind)
        let writer = try place.writer()
        var points = Place.points(0..<20)
        for number in [0, 7, 19] { points[number].fields.append(Field("clash", .integer(1))) }

        let first = try await writer.write(points, to: Place.bucket)
        _ = await writer.drain(givingUpAfter: .seconds(600))
        let requests = writer.status.requests
        var late = Place.points(20..<21)
        late[0].fields.append(Field("clash", .integer(1)))
        let second = try await writer.write(late, to: Place.bucket)
        let report = await writer.close(within: .seconds(600))

        #expect(first.accepted == 20 && first.deadLettered == 0)
        #expect(second.accepted == 1 && second.deadLettered == 1)
        #expect(report.status.requests == requests)
        let letters = try place.data.letters()
        #expect(letters.count == 4)
        for letter in letters {
            for word in ["clash", "chaos", "integer", "string"] {
                #expect(letter.reason.contains(word), "\(letter.reason)")
            }
        }
        #expect(try await place.stored() == (0..<20).filter { ![0, 7, 19].contains($0) })
        #expect(report.status.own.addsUp && report.status.own.deadLettered == 4, "\(report)")
        await place.end()
    }
}
