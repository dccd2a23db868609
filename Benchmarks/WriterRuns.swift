import Glibc
import InfluxWriter
import LineProtocol

/// The durable writer against a sink in this process, through a real outbox on disk with every batch synced.
enum WriterRuns {
    struct Speed {
        let repeats: Int
        /// Points a second on the clock: encoding and gzip on one thread, and the writer until all is acknowledged.
        let reference: Double
        let writer: Double

        var ratio: Double { writer / reference }
    }

    private static let bucket = Bucket("bench")

    /// Both in turn, several times; the medians.
    static func speed(points: Int, repeats: Int) async throws -> Speed {
        let input = try CoinInput(coins: 1_000, snapshots: 10, digits: .long)
        var reference: [Double] = []
        var written: [Double] = []
        for run in 0...repeats {
            let first = try rate(points) { try encodeAndCompress(input, points) }
            let second = try await rate(points) { try await write(input, points) }
            // The first warms up.
            if run > 0 {
                reference.append(first)
                written.append(second)
            }
        }
        return Speed(
            repeats: repeats, reference: reference.sorted()[repeats / 2], writer: written.sorted()[repeats / 2])
    }

    private static func rate(_ points: Int, _ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return Double(points) / ((ContinuousClock.now - start) / .seconds(1))
    }

    private static func rate(_ points: Int, _ body: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await body()
        return Double(points) / ((ContinuousClock.now - start) / .seconds(1))
    }

    private static func encodeAndCompress(_ input: CoinInput, _ points: Int) throws {
        var batcher = try Batcher(namer: BatchNamer { Timestamp(nanoseconds: 0) })
        for number in 0..<points { _ = try batcher.add(input.point(number)) }
        _ = try batcher.seal()
    }

    private static func write(_ input: CoinInput, _ points: Int) async throws {
        try await withWriter { writer, _ in
            _ = try await writer.write((0..<points).lazy.map { input.point($0) }, to: bucket)
            let report = await writer.drain(givingUpAfter: .seconds(30))
            guard report.status.own.acknowledged == points else { throw Failure("not all was acknowledged: \(report)") }
        }
    }

    /// The most memory that this process held while so many points passed, in bytes.
    static func peakMemory(points: Int) async throws -> Int {
        try await write(CoinInput(coins: 1_000, snapshots: 10, digits: .long), points)
        return try peakBytes()
    }

    struct Backlog {
        /// From making the writer to the first request, and until nothing waited any more.
        let untilFirstRequest: Duration
        let untilDrained: Duration
        let requests: Int
        let peakBytes: Int
    }

    /// A process that finds so many small batches in its outbox.
    static func backlog(batches: Int) async throws -> Backlog {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        try fill(folder, batches: batches)
        let sink = try Sink()
        let start = ContinuousClock.now
        let writer = try Writer(Writer.Configuration(dataFolder: folder), to: InfluxDB(.init(url: sink.url)))
        let report = await writer.drain(givingUpAfter: .seconds(30))
        let end = ContinuousClock.now
        _ = await writer.close(within: .seconds(5))
        await sink.stop()
        guard report.isDrained, let first = sink.firstRequestAt else { throw Failure("it was not drained: \(report)") }
        return Backlog(
            untilFirstRequest: first - start, untilDrained: end - start, requests: sink.requests,
            peakBytes: try peakBytes())
    }

    // MARK: Parts

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private static func withWriter(_ body: (Writer, Sink) async throws -> Void) async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let sink = try Sink()
        let writer = try Writer(Writer.Configuration(dataFolder: folder), to: InfluxDB(.init(url: sink.url)))
        try await body(writer, sink)
        _ = await writer.close(within: .seconds(5))
        await sink.stop()
    }

    /// Files as another process left them, of five lines each.
    private static func fill(_ folder: String, batches: Int) throws {
        let place = OutboxLayout(dataFolder: folder).folder(of: bucket)
        try makeFolders(place)
        let input = try CoinInput(coins: 5, snapshots: 1, digits: .long)
        var time: Int64 = 1_760_000_000_000_000_000
        var batcher = try Batcher(namer: BatchNamer { Timestamp(nanoseconds: 1_760_000_000_000_000_000) })
        for number in 0..<batches {
            time += 1_000_000
            for coin in 0..<5 {
                var point = input.point(coin)
                point.time = Timestamp(nanoseconds: time)
                _ = try batcher.add(point)
            }
            guard let batch = try batcher.seal() else { throw Failure("batch \(number) is empty") }
            try writeFile(batch.body, to: "\(place)/\(batch.name)")
        }
    }

    private static func makeFolder() throws -> String {
        let folder = "/tmp/coinline-bench-\(getpid())-\(ContinuousClock.now.hashValue.magnitude)"
        try makeFolders(folder)
        return folder
    }

    private static func makeFolders(_ path: String) throws {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard unsafe mkdir(made, 0o700) == 0 || errno == EEXIST else { throw Failure("cannot make \(made)") }
        }
    }

    private static func writeFile(_ bytes: [UInt8], to path: String) throws {
        guard let file = unsafe fopen(path, "w") else { throw Failure("cannot make \(path)") }
        let written = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        guard unsafe fclose(file) == 0, written == bytes.count else { throw Failure("cannot write \(path)") }
    }

    private static func removeFolder(_ path: String) {
        var pid = pid_t()
        let texts = ["rm", "-rf", path]
        var words = unsafe texts.map { unsafe strdup($0) } + [nil]
        let code = unsafe posix_spawn(&pid, "/bin/rm", nil, nil, &words, nil)
        if code == 0 { waitpid(pid, nil, 0) }
        for index in unsafe words.indices { unsafe free(words[index]) }
    }

    /// What the kernel counted for this process.
    private static func peakBytes() throws -> Int {
        var usage = rusage()
        let ownProcess = __rusage_who_t(RUSAGE_SELF.rawValue)
        guard unsafe getrusage(ownProcess, &usage) == 0 else { throw Failure("no figures of memory") }
        return usage.ru_maxrss * 1_024
    }
}

extension CoinInput {
    /// One of them, round and round.
    func point(_ number: Int) -> Point {
        let sample = samples[number % samples.count]
        return Point(
            measurement: CoinInput.measurement, tags: tags[sample.coin], fields: sample.fields, time: sample.time)
    }
}
