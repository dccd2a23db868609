import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import Foundation
import TestKit

/// A working folder whose data folder holds batches and dead letters, and a database that takes them.
struct Waiting {
    let folder: String
    let fake: FakeInfluxDB2
    /// Waits are as much shorter.
    private let clock = TestClock(start: Timing.system.now(), at: Timing.system.now(), speed: 20)!

    static let bucket = "crypto_data"

    /// The settings of the database.
    var settings: [String: String] {
        [
            "INFLUXDB_URL": fake.url, "INFLUXDB_TOKEN": FakeInfluxDB2.writeToken, "INFLUXDB_ORG": "market",
            "INFLUXDB_BUCKET": Self.bucket, "COINLINE_OUTBOX_MIN_FREE": "0B",
        ]
    }

    /// Of a database that is not there.
    var down: [String: String] { settings.merging(["INFLUXDB_URL": "http://127.0.0.1:1"]) { $1 } }

    func program(_ arguments: [String], _ settings: [String: String] = [:]) throws -> ProgramRun {
        var run = ProgramRun(try ProgramRun.coinlinePath(), arguments)
        run.folder = folder
        run.environment["COINLINE_TEST_CLOCK"] = clock.text
        run.environment.merge(settings) { $1 }
        return run
    }

    func run(_ arguments: String..., settings: [String: String] = [:]) async throws -> ProgramResult {
        try await program(arguments, settings).result()
    }

    /// Lays a batch into the outbox; gives its path from the folder.
    @discardableResult
    func keep(
        _ lines: [String], _ number: Int = 1, destination: String = "main", bucket: String = Waiting.bucket,
        mark: String? = "real"
    ) throws -> String {
        var gzip = try Gzip()
        let body = try gzip.compress(Array(lines.map { $0 + "\n" }.joined().utf8))
        let place = "data/outbox/\(destination)/\(bucket)"
        let name = String(format: "%016x-00000001-00000000-ms-%d.lp.gz", number, lines.count)
        if let mark { try write(mark + "\n", to: "\(place)/.origin") }
        try write(body, to: "\(place)/\(name)")
        return "\(place)/\(name)"
    }

    /// Lays a dead letter; gives its name.
    @discardableResult
    func letter(
        _ line: String, _ number: Int = 1, destination: String = "main", reason: String = "a reason"
    ) throws -> String {
        // Of a batch that waits no longer.
        let name = String(format: "%016x-00000002-00000000-%d", 1, number)
        let text = """
            # reason: \(reason)
            # answer: {"code":"invalid"}
            # time: 2026-01-01T00:00:0\(number)Z
            # bucket: \(Self.bucket)
            # precision: ms

            \(line)

            """
        try write(text, to: "data/dead-letters/\(destination)/\(name)")
        try write("real\n", to: "data/outbox/\(destination)/\(Self.bucket)/.origin")
        return name
    }

    func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        let file = URL(fileURLWithPath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    func text(_ path: String) throws -> String {
        String(decoding: try bytes(of: "\(folder)/\(path)"), as: UTF8.self)
    }

    /// The batches and letters below the data folder.
    var files: [String] {
        filesBelow(folder + "/data").filter { name in
            name.hasSuffix(".lp.gz") || name.hasPrefix("dead-letters/")
        }
    }

    /// Points in the database.
    var stored: Int { fake.points(in: Self.bucket).count }
}

/// Takes connections, as far as the system does, and never reads or answers.
final class RawListener {
    private let descriptor: Int32
    let url: String

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        self.descriptor = descriptor
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        guard isBound else { throw TestKitError("no socket") }
    }

    deinit { close(descriptor) }
}

func withWaiting(_ body: (Waiting) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let fake = try FakeInfluxDB2()
        do { try await body(Waiting(folder: folder, fake: fake)) } catch {
            await fake.stop()
            throw error
        }
        await fake.stop()
    }
}
