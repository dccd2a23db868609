import Foundation
import HTTPServer
import TestKit
import Testing

@Suite("The server's thread", .timeLimit(.minutes(8)))
struct ThreadTests {
    @Test("has a name by which it is found among the others, and takes no signal from them")
    func nameAndSignals() async throws {
        let found = try await withServer { _ in
            .text("here")
        } _: { server in
            _ = try await answer(to: get("/"), port: server.port)
            return try statusOfThreads().filter { $0.hasPrefix("Name:\thttp-server\n") }
        }

        #expect(!found.isEmpty)
        for status in found {
            let mask = status.firstMatch(of: /SigBlk:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
            // The last is one that the shared pool, whose thread started this one, does not block itself.
            for number in [SIGPIPE, SIGTERM, SIGINT, SIGPROF] {
                #expect(mask & 1 << UInt64(number - 1) != 0, "\(status)")
            }
        }
    }

    /// What the system tells of each thread of this process. One may end while they are read.
    private func statusOfThreads() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { thread in
            try? String(contentsOfFile: "/proc/self/task/\(thread)/status", encoding: .utf8)
        }
    }
}
