import TestKit
import Testing

@testable import HTTPServer

@Suite("Over the wire", .timeLimit(.minutes(8)))
struct StrictnessTests {
    private static let handler: HTTPServer.Handler = { request in
        _ = try? await request.body.collect()
        return .text(request.path)
    }

    @Test("random bytes never stop the server", arguments: 0..<4 as Range<UInt64>)
    func garbage(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let samples = (0..<100).map { _ in
            var bytes = Array(
                "POST /x?y=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            return Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random)))
        }
        // Half a request is given up at the next look at the peers.
        try await withServer({ $0.fixedSweepInterval = .milliseconds(2) }, handler: Self.handler) {
            server async throws in
            try await onThread {
                for sample in samples {
                    let connection = try RawConnection(port: server.port)
                    try connection.send(sample)
                    connection.endSending()
                    _ = try connection.receiveAll()
                }
            }
            #expect(try await answer(to: get("/"), port: server.port)?.status == 200, "seed \(seed)")
        }
    }
}
