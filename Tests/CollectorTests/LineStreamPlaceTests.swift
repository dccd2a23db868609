import CoinlineBase
import CoinlineFiles
import InfluxWriter
import TestKit
import Testing

@testable import Collector

@Suite("Places of bad lines in a loaded file")
struct LineStreamPlaceTests {
    private func complaints(_ text: String, precision: Precision? = nil) async throws -> ([String], Int) {
        try await withTemporaryFolder { folder in
            try DurableFile.write(Array(text.utf8), to: "a", in: folder)
            let told = Collected<String>()
            let file = FileLoad(
                path: folder + "/a", precision: precision ?? .milliseconds, isPrecisionNamed: precision != nil,
                origin: .real
            ) { told.append([$0]) }
            let destination = ScriptedDestination(.acknowledged)
            let target = Target(
                name: "main", destination: destination, bucket: Bucket("b"), dialect: .influx2, label: "a script")
            let outcome = await file.runAlone(.onAnyDisk(target: target, dataFolder: folder))
            #expect(outcome.landing.refused == 0 && outcome.landing.addsUp)
            let prefix = folder + "/a:"
            return (told.values.map { String($0.dropFirst(prefix.count)) }, outcome.landing.acknowledged)
        }
    }

    @Test(
        "whatever is bad about a line is told once with its line and column, and the lines around it land",
        arguments: [
            ("m v=1 1767268800", "2:7: the time 1767268800 in ms lies outside 1990 to 2100: use --precision s"),
            ("  m,a=b v=1   1767268800  ", "2:15: the time"), ("m v=\"x\ny\",w=2 5", "3:8: the time 5 in ms"),
            ("m v=1 99999999999999999999", "2:7: timestamp"), ("m v=1 x", "2:7: "), ("m v=", "2:5: "),
            ("m", "2:2: "), ("m v=\"x", "2:5: "), ("m,a=1,a=2 v=1 1767268800000", "2:7: tag key \"a\": appears twice"),
            ("m,time=2 v=1 1767268800000", "2:3: tag key \"time\": is a reserved name"),
            ("m a=1,time=2 1767268800000", "2:7: field key \"time\": is a reserved name"),
            ("m a=1,b=2,a=2 1767268800000", "2:11: field key \"a\": appears twice"),
            (" _m v=1 1767268800000", "2:2: measurement \"_m\": is a reserved name"),
            (#"m a\"b=1 1767268800000"#, "2:3: field key"),
        ])
    func bad(line: String, message: String) async throws {
        let good = "n v=1 1767268800000\n"
        let (complaints, landed) = try await complaints(good + line + "\n" + good)

        #expect(complaints.count == 1 && complaints[0].hasPrefix(message), "\(complaints)")
        #expect(landed == 2)
    }

    @Test("a time out of the named unit's range is told at its place")
    func range() async throws {
        let (complaints, landed) = try await complaints("m,a=b v=1 9223372036855\nm v=1 1\n", precision: .milliseconds)

        #expect(
            complaints == ["1:11: the time 9223372036855 in ms is out of range"]
                || complaints.first?.hasPrefix("1:11: ") == true)
        #expect(landed == 1)
    }

    @Test("the end of what was taken is known in any state")
    func end() {
        var stream = LineStream(precision: .nanoseconds)
        stream.append(Array("m v=1\nm v".utf8)) { _ in }
        #expect(stream.end == TextPlace(line: 2, column: 4))
        stream.append(Array("=\"a\nb".utf8)) { _ in }
        #expect(stream.end == TextPlace(line: 3, column: 2))
        stream.append(Array("\"\n".utf8)) { _ in }
        #expect(stream.end == TextPlace(line: 4, column: 1))
        let size = LineStream.Limit.lineBytesMax + 1
        stream.append([UInt8](repeating: 0x78, count: size)) { _ in }
        stream.append([0x78]) { _ in }
        #expect(stream.end == TextPlace(line: 4, column: size + 2))
        stream.append([0x0A, 0x78]) { _ in }
        #expect(stream.end == TextPlace(line: 5, column: 2))
    }
}
