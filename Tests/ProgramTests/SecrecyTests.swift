import CoinlineBase
import CoinlineCompression
import Foundation
import MarketSimulator
import TestKit
import Testing

@Suite("Key and token stay where they belong")
struct SecrecyTests {
    /// What must not be found anywhere: both secrets, their halves, and the token as Basic authentication has it.
    private func secrets(_ world: World) -> [String] {
        var found = [Data(world.token.utf8).base64EncodedString()]
        for text in [world.key, world.token] {
            let half = text.count / 2
            found += [text, String(text.prefix(half)), String(text.dropFirst(half))]
        }
        return found
    }

    /// Where each secret was found: in what was said, and in every file below the folder, batches decompressed.
    private func finds(_ world: World, _ result: ProgramResult) throws -> [String] {
        var places = [("output", result.output), ("errors", result.errors)]
        for name in filesBelow(world.folder) {
            let content = try bytes(of: world.folder + "/" + name)
            places.append((name, content))
            places.append(("the name of a file", Array(name.utf8)))
            guard name.hasSuffix(".gz") else { continue }
            places.append((name + ", decompressed", try Gunzip.decompress(content, outputBytesMax: 64 << 20)))
        }
        return secrets(world).flatMap { secret in
            places.filter { $0.1.firstRange(of: Array(secret.utf8)) != nil }.map { "\(secret) in \($0.0)" }
        }
    }

    @Test("the search itself finds what is planted, in texts, files and batches")
    func search() async throws {
        try await withWorld { world in
            let half = String(world.key.dropFirst(world.key.count / 2))
            var gzip = try Gzip()
            let files = [
                "plain": Array("a\0b\(world.token)c".utf8), "x.lp.gz": try gzip.compress(Array("m v=1 \(half)".utf8)),
            ]
            for (name, content) in files {
                try Data(content).write(to: URL(fileURLWithPath: world.folder + "/" + name))
            }
            let said = try await ProgramRun("/bin/echo", [world.key]).result()
            let found = try finds(world, said)

            #expect(found.contains("\(world.key) in output") && found.contains("\(world.token) in plain"), "\(found)")
            #expect(found.contains("\(half) in x.lp.gz, decompressed"), "\(found)")
        }
    }

    @Test("a run that says everything and keeps its batches shows no part of them", arguments: ["v1", "v2"])
    func kept(api: String) async throws {
        try await withWorld(speed: 100) { world in
            let settings = [
                "INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token,
                "COINLINE_INFLUXDB_API": api, "LOG_LEVEL": "DEBUG", "TRACKED_COINS": "BTC",
            ]
            let result = try await world.program("run-once", settings: settings).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.errorText.contains("Asked upstream."))
            #expect(filesBelow(world.folder).filter { $0.hasSuffix(".lp.gz") }.count > 3)
            #expect(try finds(world, result) == [])
        }
    }

    @Test("a run into the store shows no part of them")
    func stored() async throws {
        try await withWorld { world in
            let result = try await world.program("run-once", settings: ["LOG_LEVEL": "DEBUG", "TRACKED_COINS": "BTC"])
                .result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(filesBelow(world.folder).contains("data/coinline.sqlite"))
            #expect(try finds(world, result) == [])
        }
    }

    @Test("refusals, status and config show no part of them")
    func shown() async throws {
        try await withWorld(faults: [try Fault("coins/map=401"), try Fault("credits=500")], speed: 100) { world in
            let settings = [
                "INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token,
                "LOG_LEVEL": "DEBUG",
            ]
            for words in [
                ["fetch", "-c", "BTC"], ["status"], ["status", "--json"], ["config"], ["config", "--json"],
            ] {
                var run = try world.program("", settings: settings)
                run.arguments = words
                let result = try await run.result()

                #expect(result.exitCode == (words[0] == "config" ? 0 : 1), "\(words) \(result)")
                #expect(try finds(world, result) == [], "\(words)")
            }
        }
    }
}
