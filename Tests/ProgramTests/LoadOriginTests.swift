import Foundation
import HTTPServer
import LineProtocol
import MarketStore
import TestKit
import Testing

@Suite("load never mixes real and simulated data")
struct LoadOriginTests {
    /// The name of a sealed batch: it tells neither whose data it holds nor whose outbox it is of.
    private let batch = "0006470000000000-0000abcd-00000001-ms-1.lp.gz"

    private struct Place {
        let folder: String
        var settings: [String: String] = [:]

        func load(_ arguments: String...) async throws -> ProgramResult {
            var run = ProgramRun(try ProgramRun.coinlinePath(), ["load"] + arguments)
            run.folder = folder
            run.environment.merge(settings) { _, new in new }
            return try await run.result()
        }

        func write(_ text: String, to name: String) throws {
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }

        /// As gzip, under another name.
        func pack(_ name: String, as packed: String) async throws {
            let gzip = try await ProgramRun("/usr/bin/env", ["gzip", folder + "/" + name]).result()
            try #require(gzip.exitCode == 0)
            try FileManager.default.moveItem(atPath: "\(folder)/\(name).gz", toPath: "\(folder)/\(packed)")
        }

        var store: StoreReader { get throws { try StoreReader(path: folder + "/data/coinline.sqlite") } }
        var hasStore: Bool { FileManager.default.fileExists(atPath: folder + "/data/coinline.sqlite") }

        func count() throws -> Int { try store.summaries().reduce(0) { $0 + $1.points } }
    }

    private func withPlace(_ body: (Place) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let place = Place(folder: folder)
            try place.write("m,code=A v=1 1767268805000\n", to: "batch.lp")
            try await place.pack("batch.lp", as: batch)
            try place.write("m,code=B v=2 1767268805000\n", to: "plain.lp")
            try await body(place)
        }
    }

    @Test("a batch file without a mark is a usage error, and lands and marks once its origin is named")
    func unmarkedBatch() async throws {
        try await withPlace { place in
            let unnamed = try await place.load(batch)
            #expect(unnamed.exitCode == 64, "\(unnamed)")
            #expect(unnamed.errorText.contains("--origin"), "\(unnamed)")
            #expect(try !place.hasStore || place.store.origin() == nil)
            #expect(try !place.hasStore || place.count() == 0)

            let named = try await place.load("--origin", "simulated", batch)
            #expect(named.exitCode == 0, "\(named)")
            #expect(try place.store.origin() == .simulated)
            #expect(try place.count() == 1)
            // It is of no outbox of this data folder, so it stays.
            #expect(try namesIn(place.folder).contains(batch))
        }
    }

    @Test("a plain file is real where there is no mark")
    func plainFile() async throws {
        try await withPlace { place in
            let result = try await place.load("plain.lp")

            #expect(result.exitCode == 0, "\(result)")
            #expect(try place.store.origin() == .real)
        }
    }

    @Test("the mark that is there counts, and against it nothing is written")
    func otherMark() async throws {
        try await withPlace { place in
            let first = try await place.load("--origin", "simulated", batch)
            let other = try await place.load("--origin", "real", "plain.lp")
            #expect(first.exitCode == 0, "\(first)")
            #expect(other.exitCode == 78, "\(other)")
            #expect((other.outputText + other.errorText).contains("not mixed"), "\(other)")
            #expect(try place.count() == 1)

            let same = try await place.load("plain.lp", batch)
            #expect(same.exitCode == 0, "\(same)")
            #expect(try place.store.origin() == .simulated)
            #expect(try place.count() == 2)
        }
    }

    @Test("a bucket's mark is a word in a file of the outbox, and a plain file goes by it")
    func bucket() async throws {
        try await withPlace { place in
            var place = place
            let server = try HTTPServer { _ in ServerResponse(204) }
            place.settings = ["INFLUXDB_URL": server.baseURL, "INFLUXDB_ORG": "o", "INFLUXDB_BUCKET": "b"]
            let named = try await place.load("--origin", "simulated", batch)
            let plain = try await place.load("plain.lp")
            await server.stop()

            #expect(named.exitCode == 0 && plain.exitCode == 0, "\(named)\(plain)")
            let mark = try bytes(of: place.folder + "/data/outbox/main/b/.origin")
            #expect(String(decoding: mark, as: UTF8.self) == "simulated\n")
        }
    }

    @Test("a batch file carries its own precision, and another one against it is a usage error")
    func precision() async throws {
        try await withPlace { place in
            let name = batch.replacing("-ms-", with: "-ns-")
            try place.write("m v=1 1767268805000000123\n", to: "fine.lp")
            try await place.pack("fine.lp", as: name)
            let other = try await place.load("--precision", "ms", "--origin", "real", name)
            #expect(other.exitCode == 64, "\(other)")
            #expect(other.errorText.contains("--precision"), "\(other)")
            #expect(try !place.hasStore || place.count() == 0)

            let same = try await place.load("--origin", "real", name)
            #expect(same.exitCode == 0, "\(same)")
            let times = try place.store.points(of: "m").map { $0.time?.nanoseconds }
            #expect(times == [1_767_268_805_000_000_123])
        }
    }
}
