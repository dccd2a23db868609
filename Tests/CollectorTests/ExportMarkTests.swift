import CoinlineCompression
import CoinlineFiles
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import Collector

@Suite("The first line of an export")
struct ExportMarkTests {
    private let simulated = "# coinline export, origin simulated, precision s\n"

    @Test("it reads back as it was written")
    func roundTrip() {
        for origin in [nil, Origin.real, .simulated] {
            for precision in [nil] + Precision.allCases.map(Optional.init) {
                let mark = ExportMark(origin: origin, precision: precision)
                #expect(ExportMark(parsing: Array(mark.line.utf8)) == mark)
            }
        }
        #expect(
            ExportMark(origin: .simulated, precision: .milliseconds).line
                == "# coinline export, origin simulated, precision ms\n")
    }

    @Test(
        "anything else is a comment, and a fact that is not known is passed over",
        arguments: [
            ("# coinline export, of today, precision us, origin real\r\n", Origin.real, Precision.microseconds),
            ("# coinline export, origin both, precision min\n", nil, nil), ("# coinline export\n", nil, nil),
        ] as [(String, Origin?, Precision?)])
    func facts(line: String, origin: Origin?, precision: Precision?) {
        #expect(ExportMark(parsing: Array(line.utf8)) == ExportMark(origin: origin, precision: precision))
        for other in ["#" + line, " " + line, "# coinline exports, origin real\n", "", "m v=1\n"] {
            #expect(ExportMark(parsing: Array(other.utf8)) == nil)
        }
    }

    /// All of a file, and the mark.
    private func read(_ bytes: [UInt8], hasMark: Bool = true) async throws -> ([UInt8], ExportMark?) {
        try await withTemporaryFolder { folder in
            try DurableFile.write(bytes, to: "a", in: folder)
            var input = try TextInput(path: folder + "/a", hasMark: hasMark)
            var all: [UInt8] = []
            while let piece = try input.next() { all += piece }
            let (isOpened, mark) = (input.isOpened, input.mark)
            #expect(isOpened)
            return (all, mark)
        }
    }

    @Test("of exports that were joined, all say the same or the reading ends", .onOwnThreads)
    func joined() async throws {
        let real = simulated.replacing("simulated", with: "real")
        let long = String(repeating: "m v=1\n", count: 40_000)
        for text in [
            simulated + long + simulated + "m v=2\n", simulated + "m v=\"\n#x\"\n# coinline exports\n", "m v=1\n#\n",
        ] {
            let (all, _) = try await read(Array(text.utf8))
            #expect(all == Array(text.utf8))
        }
        // The second mark at every place around the border of two pieces, which are 64 KiB.
        let others = (0..<80).map { offset in
            simulated + String(repeating: "m v=1\n", count: 10_900) + String(repeating: " ", count: offset) + "m v=2\n"
                + real + long
        }
        for text in ["m v=1\n" + simulated + "m v=1\n", simulated + real + "m v=1\n"] + others {
            await #expect(throws: ByteSource.Failure.self) { try await read(Array(text.utf8)) }
        }
    }

    @Test("only the very first line counts, behind a byte order mark too, and every byte of the text goes on")
    func opening() async throws {
        let mark = ExportMark(origin: .simulated, precision: .seconds)
        let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
        let long = "# coinline export" + String(repeating: "x", count: 300) + "\n"
        for (text, expected) in [
            (simulated + "m v=1\n", mark), (String(simulated.dropLast()), mark), ("", nil), ("#", nil), ("# coin", nil),
            (long, nil), ("\n", nil),
        ] {
            for start in [[], bom] {
                let (all, found) = try await read(start + Array(text.utf8))
                #expect(all == Array(text.utf8) && found == expected, "\(text)")
            }
        }
        #expect(try await read(bom + bom).0 == bom)
        #expect(try await read([0xEF, 0xBB]).0 == [0xEF, 0xBB])
        let json = try await read(bom + Array(simulated.utf8), hasMark: false)
        #expect(json.0 == Array(simulated.utf8) && json.1 == nil)
        var gzip = try Gzip()
        #expect(try await read(try gzip.compress(bom + Array(simulated.utf8))).1 == mark)
    }

    private func load(
        _ text: String, _ folder: String, precision: Precision? = nil, origin: Origin? = nil,
        into destination: ScriptedDestination = ScriptedDestination(.acknowledged)
    ) async throws -> (FileLoad.Outcome, String, [String]) {
        try DurableFile.write(Array(text.utf8), to: "a.lp", in: folder)
        let told = Collected<String>()
        let file = FileLoad(
            path: folder + "/a.lp", precision: precision ?? .milliseconds, isPrecisionNamed: precision != nil,
            origin: origin ?? .real, isOriginNamed: origin != nil, isOriginAssumed: origin == nil
        ) { told.append([$0]) }
        let target = Target(
            name: "main", destination: destination, bucket: Bucket("b"), dialect: .influx2, label: "a script")
        let outcome = await file.runAlone(
            .onAnyDisk(target: target, dataFolder: folder))
        let landed = try destination.received.map { String(decoding: try $0.lineProtocol(), as: UTF8.self) }.joined()
        return (outcome, landed, told.values)
    }

    @Test("a file is loaded in the unit and as the data that it names, without a word")
    func load() async throws {
        try await withTemporaryFolder { folder in
            // Far outside of what is plausible: an export means its times.
            let (outcome, landed, told) = try await load(simulated + "m v=1 7\n", folder)

            #expect(outcome.isComplete && landed == "m v=1 7\n" && told.isEmpty, "\(outcome) \(told)")
            #expect(try OriginMark(folder: folder + "/outbox/main/b").read() == .simulated)
            let same = try await load(simulated + "m v=1 7\n", folder, precision: .seconds, origin: .simulated)
            #expect(same.0.isComplete)
        }
    }

    @Test("what was named and is not what the file says ends it before anything, with the exit code for it")
    func contradictions() async throws {
        try await withTemporaryFolder { folder in
            for (precision, origin, code, text) in [
                (Precision.milliseconds, nil, 64, "carries its own precision, s: leave --precision out"),
                (nil, Origin.real, 78, "holds simulated data by its first line: leave --origin real out"),
            ] {
                let (outcome, landed, _) = try await load(
                    simulated + "m v=1 1767268800000\n", folder, precision: precision, origin: origin)
                var report = LoadReport()
                report.add(outcome, of: "a.lp")

                #expect(landed.isEmpty && !outcome.isComplete && report.exitCode == code)
                #expect(report.text(destination: "x") == "error: \(folder)/a.lp \(text)")
                #expect(try OriginMark(folder: folder + "/outbox/main/b").read() == nil)
            }
        }
    }

    @Test("a destination of the other origin gets nothing of it")
    func conflict() async throws {
        try await withTemporaryFolder { folder in
            _ = try OriginMark(folder: folder + "/outbox/main/b").claim(.real)
            let (outcome, landed, _) = try await load(simulated + "m v=1 7\n", folder)

            #expect(outcome.originConflict != nil && landed.isEmpty)
        }
    }

    @Test("lp parse goes by its unit, and refuses another one that was named")
    func parse() async throws {
        let text = Array((simulated + "m v=1 9223372036\n").utf8)
        let good = try await converted(.toJSON, text)
        let same = try await converted(.toJSON, text, precision: .seconds, isPrecisionNamed: true)
        let other = try await converted(.toJSON, text, precision: .nanoseconds, isPrecisionNamed: true)

        #expect(good.output.hasSuffix("\"time\":9223372036}\n") && good.isGood)
        #expect(same.output == good.output)
        #expect(other.outcome == .contradicted && other.output.isEmpty && other.complaints.count == 1)
        #expect(other.complaints.first?.hasSuffix("carries its own precision, s: leave --precision out") == true)
    }
}
