import CoinlineBase
import HTTPServer
import TestKit
import Testing

@Suite("Streamed answers", .timeLimit(.minutes(8)))
struct StreamTests {
    private static func stream(
        _ length: Int? = nil, _ write: @escaping @Sendable (BodyWriter) async -> Void
    ) -> HTTPServer.Handler {
        { _ in ServerResponse(body: .stream(length: length, write)) }
    }

    @Test("of unknown and of known length arrive whole, and the connection is used again", arguments: [nil, 300_000])
    func whole(length: Int?) async throws {
        try await withServer(
            handler: Self.stream(length) { writer in
                for number in 0..<300 {
                    #expect(
                        await writer.write([UInt8](repeating: UInt8(number & 255), count: 1_000))
                            == (length == nil || number < 299))
                }
            }
        ) { server async throws in
            let expected = (0..<300).flatMap { [UInt8](repeating: UInt8($0 & 255), count: 1_000) }
            let list = try await answers(2, to: get("/") + get("/"), port: server.port)

            #expect(list.count == 2)
            #expect(list.allSatisfy { $0.body == expected && $0.isComplete })
            #expect(list.first?.header("Content-Length") == length.map { "\($0)" })
            #expect(list.first?.header("Transfer-Encoding") == (length == nil ? "chunked" : nil))
        }
    }

    @Test("send each piece before the next is written")
    func immediate() async throws {
        let turns = (0..<5).map { _ in Latch() }
        try await withServer(
            handler: Self.stream { writer in
                for (number, turn) in turns.enumerated() {
                    await turn.waitRegardless()
                    _ = await writer.write(Array("piece \(number)\n".utf8))
                }
            }
        ) { server async throws in
            let pieces = try await onThread {
                let connection = try RawConnection(port: server.port)
                try connection.send(get("/", version: "1.0"))
                let reader = RawAnswerReader(connection)
                var pieces: [String] = []
                // The head comes with the first piece at the latest.
                turns[0].open()
                var text = ""
                for number in 0..<5 {
                    while !text.hasSuffix("piece \(number)\n") {
                        text += String(decoding: try reader.read(1), as: UTF8.self)
                    }
                    pieces.append(String(text.suffix(8)))
                    if number < 4 { turns[number + 1].open() }
                }
                return pieces
            }

            #expect(pieces == (0..<5).map { "piece \($0)\n" })
        }
    }

    @Test("send their head before anything is written")
    func earlyHead() async throws {
        let latch = Latch()
        try await withServer(handler: Self.stream { _ in await latch.waitRegardless() }) { server async throws in
            let head = try await onThread {
                let connection = try RawConnection(port: server.port)
                try connection.send(get("/"))
                return String(decoding: try connection.receive(), as: UTF8.self)
            }
            latch.open()

            #expect(head.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test(
        "broken on purpose or too short end the connection behind what was written",
        arguments: [
            (nil, true), (10, true), (10, false),
        ] as [(Int?, Bool)])
    func broken(length: Int?, isAborted: Bool) async throws {
        try await withServer(
            handler: Self.stream(length) { writer in
                _ = await writer.write(Array("12345".utf8))
                if isAborted { writer.abort() }
            }
        ) { server async throws in
            let answer = try #require(await answer(to: get("/"), port: server.port))

            #expect(answer.text == "12345")
            #expect(answer.isComplete == false)
        }
    }

    @Test("longer than announced are cut, and the writer learns it")
    func tooLong() async throws {
        let results = Record<Bool>()
        let done = Latch()
        try await withServer(
            handler: Self.stream(7) { writer in
                for _ in 0..<3 {
                    let isWanted = await writer.write(Array("12345".utf8))
                    results.append(isWanted)
                }
                done.open()
            }
        ) { server async throws in
            let list = try await answers(1, to: get("/"), port: server.port)
            try await done.wait()

            #expect(list.map(\.text) == ["1234512"])
            #expect(results.values == [true, false, false])
        }
    }

    @Test("wait for a peer that does not read, without piling up")
    func backPressure() async throws {
        let written = Counter()
        let done = Latch()
        try await withServer(
            handler: Self.stream { writer in
                let block = [UInt8](repeating: 1, count: 256 << 10)
                while await writer.write(block) { written.add(block.count) }
                done.open()
            }
        ) { server async throws in
            var peer: RawConnection? = try RawConnection(port: server.port)
            try peer?.send(get("/"))
            // Reading a little proves that it runs; then nothing more is read.
            let first = try await onThread { [peer] in try peer?.receive(1_000).count }
            #expect((first ?? 0) > 0)
            #expect(written.value < 64 << 20)
            #expect(done.isOpen == false)
            peer = nil
            try await done.wait()
        }
    }

    @Test("end when the peer goes: the writer learns it and its task is cancelled")
    func peerGone() async throws {
        let (refused, cancelled) = (Latch(), Latch())
        let turn = Counter()
        try await withServer(handler: { request in
            ServerResponse(
                body: .stream(length: nil) { writer in
                    if request.path == "/quiet" {
                        await cancelled.openWhenCancelled()
                    } else {
                        while await writer.write(Array("tick\n".utf8)) {
                            turn.add()
                            await Task.yield()
                        }
                        refused.open()
                    }
                })
        }) { server async throws in
            for path in ["/quiet", "/busy"] {
                try await onThread {
                    let connection = try RawConnection(port: server.port)
                    try connection.send(get(path))
                    _ = try connection.receive()
                }
            }
            try await cancelled.wait()
            try await refused.wait()
        }
    }
}
