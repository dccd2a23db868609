import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Dead letters")
struct OutboxDeadLetterTests {
    static let hostileLines = [
        "m v=1 1", "", " ", "\n", "\n\n", "m v=\"a\nb\" 1", "m v=\"\n\n# reason: no\n\n\" 1",
        "# reason: a\n# answer: b",
        "# time: 2026-01-01T00:00:00Z\n\n# bucket: x\n", "m v=\"\\\"quoted\\\"\" 1", "m,k=\\ \\,\\= v=1i", "\r\n",
        "m v=\"unclosed", "\u{0}\u{1}", "# file: x.lp.gz", "line\n", "m v=\"😀\"",
    ]

    @Test("a line is read back byte for byte, whatever it holds", arguments: hostileLines)
    func line(text: String) throws {
        let letter = Sample.letter(text)

        #expect(DeadLetter(text: letter.text) == letter)
    }

    @Test("bytes that are no text are kept too, and so is every single byte")
    func bytes() throws {
        for byte in UInt8.min...UInt8.max {
            for line: [UInt8] in [[byte], [byte, 0x0A, byte], [0x0A, byte]] {
                let letter = DeadLetter(
                    reason: "", time: Timestamp(nanoseconds: 0), bucket: Bucket("b"), precision: .seconds,
                    content: .line(line))
                #expect(DeadLetter(text: letter.text) == letter)
            }
        }
    }

    @Test(
        "reason, answer and bucket are read back, and stay on one line each",
        arguments: hostileLines + ["a: b", "  two blanks", "\\n", "\\", "\\x20", "\u{7F}\u{85}\u{9F}", "tab\t"])
    func head(text: String) throws {
        let letter = DeadLetter(
            reason: text, answer: text, time: Timestamp(nanoseconds: -1), bucket: Bucket("b" + text),
            precision: .nanoseconds, content: .line(Array("m v=1".utf8)))

        #expect(DeadLetter(text: letter.text) == letter)
        let lines = letter.text.split(separator: 0x0A, omittingEmptySubsequences: false)
        #expect(lines.count == 8 && lines[5].isEmpty && lines[6].elementsEqual("m v=1".utf8))
        #expect(lines[..<5].allSatisfy { $0.starts(with: "# ".utf8) })
    }

    @Test("a letter is a text that says what happened")
    func readable() throws {
        let letter = DeadLetter(
            reason: "field type conflict", answer: "{\"code\":\"invalid\"}",
            time: Timestamp(nanoseconds: 1_767_225_600_000_000_000), bucket: Bucket("market"),
            precision: .milliseconds, content: .line(Array("m,k=a v=1i 1767225600000".utf8)))

        #expect(
            String(decoding: letter.text, as: UTF8.self) == """
                # reason: field type conflict
                # answer: {"code":"invalid"}
                # time: 2026-01-01T00:00:00Z
                # bucket: market
                # precision: ms

                m,k=a v=1i 1767225600000

                """)
    }

    @Test("a letter about a batch names its file and its lines")
    func batch() throws {
        let name = Sample.name(5, lines: 12)
        let letter = DeadLetter(
            reason: "damaged", time: Timestamp(nanoseconds: 1), bucket: Bucket("b"), precision: .milliseconds,
            content: .batch(fileName: name.fileName, lines: 12))

        #expect(DeadLetter(text: letter.text) == letter && letter.lines == 12)
    }

    @Test("an editor may have taken the empty line, the last LF or the blank of an empty value away")
    func edited() throws {
        let text = "# reason:\n# answer:\n# time: 2026-01-01T00:00:00Z\n# bucket: b\n# precision: s\nm v=2 1"
        let letter = try #require(DeadLetter(text: Array(text.utf8)))

        #expect(letter.reason.isEmpty && letter.content == .line(Array("m v=2 1".utf8)))
    }

    @Test(
        "what is no letter is none",
        arguments: [
            "", "m v=1", "# reason: a\n", "# reason: a\n# time: x\n# bucket: b\n# precision: s\n\nm v=1",
            "# reason: a\n# time: 2026-01-01T00:00:00Z\n# bucket: b\n# precision: m\n\nm v=1",
            "# reason: a\n# time: 2026-01-01T00:00:00Z\n# bucket: \n# precision: s\n\nm v=1",
            "# reason: a\n# time: 2026-01-01T00:00:00Z\n# bucket: b\n# precision: s\n# file: ../x\n# lines: 1\n\n",
        ])
    func noLetter(text: String) {
        #expect(DeadLetter(text: Array(text.utf8)) == nil)
    }

    @Test("a reason of any length is cut between characters")
    func longReason() {
        let letter = DeadLetter(
            reason: String(repeating: "é", count: 5_000), answer: String(repeating: "x", count: 4_096),
            time: Timestamp(nanoseconds: 0), bucket: Bucket("b"), precision: .seconds, content: .line([]))

        #expect(letter.reason.utf8.count <= 4_096 && letter.reason.hasSuffix("é…"))
        #expect(letter.answer.utf8.count == 4_096)
    }

    @Test("a letter's name is the batch's id and the line, and nothing else reads as one")
    func names() throws {
        let batch = Sample.name(16, pieces: [(1, 2)])
        let name = DeadLetterName(batch, line: 12)

        #expect(name.description == "0000000000000010-00000001-00000000.1of2-12")
        #expect(DeadLetterName(parsing: name.description) == name)
        #expect(DeadLetterName(parsing: DeadLetterName(batch, line: 0).description)?.line == 0)
        for text in [
            "", "-1", "x-1", "\(batch.id)", "\(batch.id)-", "\(batch.id)-01", "\(batch.id)--1", batch.fileName,
        ] {
            #expect(DeadLetterName(parsing: text) == nil, "\(text)")
        }
        #expect(DeadLetterName(batch, line: 2) < DeadLetterName(batch, line: 10))
    }

    // MARK: The folder

    @Test("letters are listed by age and line, read, and removed; writing one again leaves one")
    func folder() async throws {
        let world = try OutboxWorld()
        let letters = DeadLetters(world.layout)
        let none = try letters.names()
        #expect(none.isEmpty)
        let names = [2, 10, 1].map { DeadLetterName(Sample.name(7), line: $0) }

        try letters.put(names.map { ($0, Sample.letter("m v=\($0.line)")) })
        try letters.put([(names[0], Sample.letter("again"))])
        try world.folder.write("no letter", to: "dead-letters/main/notes")

        let sorted = [1, 2, 10].map { DeadLetterName(Sample.name(7), line: $0) }
        #expect(try letters.names() == sorted)
        #expect(try letters.read(names[0]) == Sample.letter("again"))
        try letters.remove(names[0])
        try letters.remove(names[0])
        #expect(try letters.read(names[0]) == nil)
        #expect(try letters.names() == [sorted[0], sorted[2]])
    }

    @Test("over the cap the oldest letters go, with the batches beside them", arguments: [true, false])
    func cap(byCount: Bool) async throws {
        let world = try OutboxWorld()
        let letters = DeadLetters(world.layout)
        let aside = try Sample.batch(1)
        try world.put(aside)
        let folder = BucketFolder(path: world.layout.folder(of: world.bucket))
        let isMoved = try letters.setAside(
            aside.name, from: folder,
            DeadLetter(
                reason: "r", time: Timestamp(nanoseconds: 0), bucket: world.bucket, precision: .milliseconds,
                content: .batch(fileName: aside.name.fileName, lines: 2)))
        try #require(isMoved)
        try letters.put((1...3).map { (DeadLetterName(Sample.name(9), line: $0), Sample.letter()) })
        let each = Sample.letter().text.count
        var capacity = DeadLetters.Capacity()
        if byCount { capacity.lettersMax = 2 } else { capacity.bytesMax = 2 * each + each / 2 }

        let (removed, left) = try letters.trim(to: capacity)

        #expect(removed == [DeadLetterName(Sample.name(1), line: 0), DeadLetterName(Sample.name(9), line: 1)])
        #expect(left.letters == 2 && left.bytes == 2 * each)
        #expect(world.letterNames == [2, 3].map { "\(DeadLetterName(Sample.name(9), line: $0))" })
    }

    @Test("over the cap a tenth of it is freed, so that the next letters cost no look at all of them")
    func slack() async throws {
        let world = try OutboxWorld()
        let outbox = try await world.owner { $0.letters.lettersMax = 20 }
        func add(_ times: ClosedRange<UInt64>) async throws {
            for time in times { try await outbox.append([Sample.letter()], as: Sample.name(time, lines: 1)) }
        }
        try await add(1...20)
        #expect(world.letterNames.count == 20 && world.events.count == 1)
        try await add(21...22)
        #expect(world.letterNames.count == 19)
        try await add(23...23)
        #expect(world.letterNames.count == 20 && world.events.suffix(1) == [.lettersDiscarded(3)])
    }

    @Test("letters that a process wrote which does not deliver are kept within the cap, too, by the one that does")
    func capOfOthers() async throws {
        let world = try OutboxWorld()
        let owner = try await world.owner { $0.letters.lettersMax = 10 }
        try await owner.rescan()
        let guest = try world.outbox()
        _ = try await guest.open()
        for time in 1...15 {
            try await guest.append([Sample.letter()], as: Sample.name(UInt64(time), writer: 9, lines: 1))
        }
        for _ in 0..<60 { try await owner.rescan() }

        #expect(world.letterNames.count == 9)
        #expect(await owner.status.discardedLetters == 6)
        await owner.close()
    }
}
