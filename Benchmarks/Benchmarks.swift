import CoinlineCompression
import Glibc
import LineProtocol

/// Times encoding, compression and reading of coin points on one core; inputs and figures are in `README.md`.
///
///     Benchmarks [--json] [--repeats N] [--only NAME]
///     Benchmarks [--json] --footprint PROGRAM
///     Benchmarks --allocations series|points|unsorted POINTS
///     Benchmarks [--json] [--repeats N] --writer | --writer-memory POINTS | --writer-backlog BATCHES
@main
struct Benchmarks {
    /// What a request carries at most: the optimum that InfluxDB's documentation names.
    static let batchLines = 5_000
    /// A few tenths of a second, so that making the buffer does not show.
    static let pointsPerRun = 100_000

    static func main() async throws {
        var repeats = 9
        var isJSON = false
        var only: String?
        var program: String?
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--json": isJSON = true
            case "--only": only = arguments.popFirst()
            case "--repeats": repeats = max(1, arguments.popFirst().flatMap { Int($0) } ?? repeats)
            case "--footprint": program = arguments.popFirst()
            case "--allocations":
                return try countAllocations(arguments.popFirst(), arguments.popFirst())
            case "--writer": return try await compareWriter(repeats: repeats, isJSON: isJSON)
            case "--writer-memory": return try await holdWriter(arguments.popFirst(), isJSON: isJSON)
            case "--writer-backlog": return try await startWriter(arguments.popFirst(), isJSON: isJSON)
            default: usage()
            }
        }
        if let program {
            let bytes = try await Footprint.measure(program)
            print(
                isJSON
                    ? "{\"run_once_peak_bytes\":\(bytes)}"
                    : "run-once: \((Double(bytes) / 1e5).rounded() / 10) MB resident at the most")
            if bytes > Footprint.bytesMax { exit(1) }
            return
        }
        let figures = try cases().filter { only == nil || $0.name == only }.map { try measure($0, repeats: repeats) }
        print(isJSON ? json(figures, repeats: repeats) : table(figures))
    }

    static func usage() -> Never {
        print(
            """
            usage: Benchmarks [--json] [--repeats N] [--only NAME] | [--json] --footprint PROGRAM
                 | --allocations series|points|unsorted POINTS
                 | [--json] [--repeats N] --writer | --writer-memory POINTS | --writer-backlog BATCHES
            """)
        exit(64)
    }

    private static func countAllocations(_ name: String?, _ points: String?) throws {
        guard let way = name.flatMap(Allocations.Way.init), let points = points.flatMap({ Int($0) }), points > 0 else {
            usage()
        }
        let count = try Allocations.run(way, points: points)
        print("points \(count.points) floats \(count.floats)")
    }

    private static func cases() throws -> [Case] {
        let long = try CoinInput(coins: 1_000, snapshots: 10, digits: .long)
        let upstream = try CoinInput(coins: 1_000, snapshots: 10, digits: .upstream)
        let lines = try lines(of: long)
        return [
            Case(name: "encode", what: "15 fields, 1,000 series reused, long numbers") { try encode(long, level: nil) },
            Case(name: "encode-gzip1", what: "the same and gzip level 1, 5,000 lines a batch") {
                try encode(long, level: 1)
            },
            Case(name: "encode-gzip6", what: "the same and gzip level 6") { try encode(long, level: 6) },
            Case(name: "encode-upstream", what: "numbers as the upstream sends them") {
                try encode(upstream, level: nil)
            },
            Case(name: "encode-upstream-gzip1", what: "the same and gzip level 1") { try encode(upstream, level: 1) },
            Case(name: "encode-points", what: "as encode, but whole points instead of series") {
                try encodePoints(long)
            },
            Case(name: "parse", what: "the lines of encode read back") { try parse(lines) },
        ]
    }

    private static func encode(_ input: CoinInput, level: Int?) throws -> Work {
        var work = Work()
        var encoder = LineEncoder(precision: .milliseconds, reserving: 4 << 20)
        var gzip = try Gzip(level: level ?? 1)
        for number in 0..<pointsPerRun {
            let sample = input.samples[number % input.samples.count]
            try encoder.append(input.series[sample.coin], fields: sample.fields, time: sample.time)
            guard encoder.lineCount == batchLines else { continue }
            work.points += encoder.lineCount
            work.bytes += encoder.byteCount
            if level == nil {
                encoder.removeAll()
            } else {
                work.compressedBytes += try gzip.compress(encoder.take()).count
            }
        }
        return work
    }

    private static func encodePoints(_ input: CoinInput) throws -> Work {
        var work = Work()
        var encoder = LineEncoder(precision: .milliseconds, reserving: 4 << 20)
        for number in 0..<pointsPerRun {
            let sample = input.samples[number % input.samples.count]
            try encoder.append(
                Point(
                    measurement: CoinInput.measurement, tags: input.tags[sample.coin], fields: sample.fields,
                    time: sample.time))
            guard encoder.lineCount == batchLines else { continue }
            work.points += encoder.lineCount
            work.bytes += encoder.byteCount
            encoder.removeAll()
        }
        return work
    }

    private static func lines(of input: CoinInput) throws -> [UInt8] {
        var encoder = LineEncoder(precision: .milliseconds, reserving: 16 << 20)
        for sample in input.samples {
            try encoder.append(input.series[sample.coin], fields: sample.fields, time: sample.time)
        }
        return encoder.take()
    }

    private static func parse(_ bytes: [UInt8]) throws -> Work {
        var work = Work(bytes: bytes.count)
        var parser = LineParser(bytes, precision: .milliseconds)
        while try parser.next() != nil { work.points += 1 }
        return work
    }
}
