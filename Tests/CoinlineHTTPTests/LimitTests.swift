import CoinlineHTTP
import Foundation
import Testing

@Suite("Limits of an answer", .timeLimit(.minutes(8)))
struct LimitTests {
    private func request(_ server: RawServer, bytesMax: Int, cutting: Bool = false) -> HTTPRequest {
        var request = HTTPRequest(url: server.url)
        request.answerBytesMax = bytesMax
        request.answerOverflow = cutting ? .cut : .refuse
        return request
    }

    @Test("the last byte that is allowed is taken and the next one refused", arguments: [0, 1, 100, 40_000])
    func bothSides(count: Int) async throws {
        let server = RawServer { _ in .send(RawServer.answer(bytes: [UInt8](repeating: 7, count: count))) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(try await client.send(request(server, bytesMax: count)).body.count == count)
        guard count > 0 else { return }
        let error = await failure(of: client, request(server, bytesMax: count - 1))

        #expect(error?.kind == .tooLarge)
        #expect(error?.detail == "the answer from \(server.url) is larger than \(count - 1) bytes")
    }

    @Test("what a small answer unpacks to is what counts")
    func bomb() async throws {
        let packed = try await gzip([UInt8](repeating: 0, count: 20 << 20))
        try #require(packed.count < 100_000)
        let server = RawServer { _ in .send(RawServer.answer("200 OK", ["Content-Encoding: gzip"], bytes: packed)) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(await failure(of: client, request(server, bytesMax: 1 << 20))?.kind == .tooLarge)
        #expect(try await client.send(request(server, bytesMax: 20 << 20)).body.count == 20 << 20)
        #expect(try await client.send(request(server, bytesMax: 1000, cutting: true)).body.count == 1000)
    }

    @Test("a long answer is cut at its limit where that is asked for")
    func cut() async throws {
        let server = RawServer { _ in
            .send(RawServer.answer("400 Bad Request", [], body: String(repeating: "x", count: 200_000)))
        }
        defer { server.stop() }
        let client = try HTTPClient()

        let cut = try await client.send(request(server, bytesMax: 65_536, cutting: true))
        let whole = try await client.send(request(server, bytesMax: 200_000, cutting: true))

        #expect(cut.status == 400)
        #expect(cut.isCut)
        #expect(cut.body.count == 65_536)
        #expect(!whole.isCut)
        #expect(whole.body.count == 200_000)
    }

    @Test("a head that grows and grows is refused")
    func largeHead() async throws {
        let headers = (0..<100).map { "X-\($0): " + String(repeating: "h", count: 1000) }
        let server = RawServer { _ in .send(RawServer.answer("200 OK", headers)) }
        defer { server.stop() }
        let client = try HTTPClient()

        let error = await failure(of: client, HTTPRequest(url: server.url))

        #expect(error?.kind == .tooLarge)
        #expect(error?.detail.contains("head of the answer") == true)
    }

    @Test("interim answers without end are refused")
    func interimFlood() async throws {
        let flood = String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n", count: 5_000)
        let server = RawServer { _ in .sendAndHang(Array(flood.utf8)) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(await failure(of: client, HTTPRequest(url: server.url))?.kind == .tooLarge)
    }

    @Test("an answer that would unpack to 4 GiB ends at its limit and takes little memory", arguments: Bomb.allCases)
    func largeBomb(bomb: Bomb) async {
        // In a process of its own, whose memory no other test takes.
        await #expect(processExitsWith: .success) { [bomb = bomb as Bomb] in
            try await LimitTests().unpackLargeBomb(bomb)
        }
    }

    private func unpackLargeBomb(_ bomb: Bomb) async throws {
        let answer = RawServer.answer("200 OK", ["Content-Encoding: \(bomb.rawValue)"], bytes: bomb.bytes(4 << 30))
        let server = RawServer { request in
            let canUnpack = request.headers["accept-encoding"]?.contains(bomb.rawValue) == true
            return .sendAndClose(canUnpack ? answer : RawServer.answer("406 Not Acceptable"))
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let before = try peakMemory()

        let cut = try await client.send(request(server, bytesMax: 1 << 20, cutting: true))
        // Not every libcurl can unpack everything.
        if cut.status == 406, bomb != .gzip { return }
        let error = await failure(of: client, request(server, bytesMax: 8 << 20))

        #expect(cut.isCut && cut.body == [UInt8](repeating: 0x30, count: 1 << 20))
        #expect(error?.kind == .tooLarge)
        #expect(error?.detail == "the answer from \(server.url) is larger than \(8 << 20) bytes")
        // The sanitizers have a memory of their own. The server's bytes are among it.
        if ["__asan_init", "__tsan_init"].contains(where: { (name: String) in dlsym(nil, name) != nil }) { return }
        #expect(try peakMemory() - before < 1 << 30)
    }

    @Test("Brotli is unpacked where libcurl says that it can")
    func brotli() async throws {
        // "hello" in a stored block.
        let packed: [UInt8] = [0x0B, 0x02, 0x80] + Array("hello".utf8) + [0x03]
        let server = RawServer { request in
            let canUnpack = request.headers["accept-encoding"]?.contains("br") == true
            return .send(
                canUnpack
                    ? RawServer.answer("200 OK", ["Content-Encoding: br"], bytes: packed)
                    : RawServer.answer("200 OK", [], body: "hello"))
        }
        defer { server.stop() }

        #expect(try await HTTPClient().send(HTTPRequest(url: server.url)).body == Array("hello".utf8))
    }

    /// The most memory that this process ever held, in bytes.
    private func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kibibytes = line.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
        return try #require(kibibytes) << 10
    }
}

/// Small answers that unpack to a long row of the figure 0, written by hand.
enum Bomb: String, CaseIterable, Codable {
    case gzip
    case zstd

    /// Unpacks to at least `count` bytes.
    func bytes(_ count: Int) -> [UInt8] {
        switch self {
        case .gzip: Self.gzip(count)
        case .zstd: Self.zstd(count)
        }
    }

    /// RFC 1951 §3.2.6: after "0" there are matches of length 258 and distance 1, 13 bits each; eight of them fill 13
    /// bytes. The check sum at the end is never reached.
    private static func gzip(_ count: Int) -> [UInt8] {
        // Codes go in from their highest bit: 11000101 is the length, 00000 the distance. The head of the last block
        // (1, then 01 from its lowest bit) and the "0" (01100000) are 11 bits; five of the first match complete two
        // bytes.
        let match = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
        var bits = [1, 1, 0] + [0, 1, 1, 0, 0, 0, 0, 0]
        for _ in 0..<8 { bits += match }
        let start = packed(Array(bits.prefix(16)))
        let row = packed((0..<104).map { match[($0 + 5) % 13] })
        let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        return head + start + repeated(row, count / (8 * 258) + 1)
    }

    private static func packed(_ bits: [Int]) -> [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 | UInt8(bits[start + $1]) << $1 }
        }
    }

    /// RFC 8878 §3.1.1: blocks that repeat one byte 128 KiB long, in four bytes each.
    private static func zstd(_ count: Int) -> [UInt8] {
        let head: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x50]
        let block: [UInt8] = [0x02, 0x00, 0x10, 0x30]
        return head + repeated(block, count / (128 << 10))
    }

    private static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        var all = bytes
        all.reserveCapacity(bytes.count * count * 2)
        // Doubled, since the copying of many small pieces would take seconds.
        while all.count < bytes.count * count { all.append(contentsOf: all) }
        return all
    }
}
