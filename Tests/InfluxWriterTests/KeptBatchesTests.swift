import Foundation
import InfluxWriter
import Testing

@Suite("Kept batches")
struct KeptBatchesTests {
    private func batch(_ time: UInt64, lines: Int = 1, body: [UInt8] = [1, 2, 3]) -> BatchFile {
        let name = BatchName(
            sealedMicroseconds: time, writer: 1, number: 0, precision: .milliseconds, lines: lines)
        return BatchFile(name: name, body: body)
    }

    @Test("a kept batch lies where the format says, with its bytes, and is read back")
    func keeping() async throws {
        try await withTestFolder { folder in
            let kept = KeptBatches(dataFolder: folder + "/data")
            let bucket = Bucket("db/rp")

            let path = try kept.keep(batch(16, lines: 12, body: [9, 8, 7]), for: bucket)

            #expect(path == folder + "/data/outbox/main/db%2Frp/0000000000000010-00000001-00000000-ms-12.lp.gz")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([9, 8, 7]))
            let names = try kept.names(in: bucket)
            #expect(names.map(\.fileName) == ["0000000000000010-00000001-00000000-ms-12.lp.gz"])
            #expect(try kept.read(names[0], in: bucket).body == [9, 8, 7])
            #expect(try kept.buckets() == [bucket])
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("names come oldest first, without temporaries and foreign files")
    func listing() async throws {
        try await withTestFolder { folder in
            let kept = KeptBatches(dataFolder: folder, destination: "second_1")
            let bucket = Bucket("b")
            for time: UInt64 in [30, 10, 20] { _ = try kept.keep(batch(time), for: bucket) }
            for foreign in [".origin", ".tmp-0000000000000010-00000001-00000000-ms-12.lp.gz", "notes.txt"] {
                try Data().write(to: URL(fileURLWithPath: kept.folder(of: bucket) + "/" + foreign))
            }

            #expect(try kept.names(in: bucket).map(\.sealedMicroseconds) == [10, 20, 30])

            let first = try #require(try kept.names(in: bucket).first)
            try kept.remove(first, in: bucket)
            try kept.remove(first, in: bucket)
            #expect(try kept.names(in: bucket).map(\.sealedMicroseconds) == [20, 30])
        }
    }

    @Test("an outbox that is not there yet has no buckets and no batches")
    func absent() async throws {
        try await withTestFolder { folder in
            let kept = KeptBatches(dataFolder: folder + "/nothing")
            let buckets = try kept.buckets()
            let names = try kept.names(in: Bucket("b"))
            #expect(buckets.isEmpty && names.isEmpty)
            #expect(throws: KeptBatchError.self) { try kept.read(batch(1).name, in: Bucket("b")) }
            #expect(!FileManager.default.fileExists(atPath: folder + "/nothing"))
        }
    }

    @Test("a data folder that cannot be used is an error with the path")
    func unusable() async throws {
        try await withTestFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            let kept = KeptBatches(dataFolder: folder + "/file")
            #expect {
                _ = try kept.keep(batch(1), for: Bucket("b"))
            } throws: { error in
                "\(error)".contains(folder + "/file/outbox/main/b/")
            }
            #expect(throws: KeptBatchError.self) { _ = try kept.keep(batch(1), for: Bucket("")) }
        }
    }

    @Test("a path inside the outbox is recognised, any other is not")
    func locating() throws {
        let kept = KeptBatches(dataFolder: "/var/data")
        let name = batch(1).name
        let found = try #require(kept.locate("/var/data//outbox/main/a%2Eb/" + name.fileName))

        #expect(found.bucket == Bucket("a.b") && found.name == name)
        #expect(kept.locate("/var/data/outbox/other/b/" + name.fileName) == nil)
        #expect(kept.locate("/var/data/outbox/main/" + name.fileName) == nil)
        #expect(kept.locate("var/data/outbox/main/b/" + name.fileName) == nil)
        #expect(kept.locate("/var/data/outbox/main/b/.origin") == nil)
    }
}

@Suite("Rejected lines")
struct RejectedLineTests {
    @Test(
        "an excerpt shows a line without control bytes and not too much of it",
        arguments: [
            ("m v=1", "m v=1"), ("", ""), ("a\tb\u{7F}\u{85}", "a·b··"),
            (String(repeating: "x", count: 200), String(repeating: "x", count: 200)),
            (String(repeating: "x", count: 201), String(repeating: "x", count: 200) + "…"),
        ])
    func excerpt(line: String, expected: String) {
        #expect(RejectedLine.excerpt(of: Array(line.utf8)) == expected)
    }

    @Test("an excerpt never ends in half a character", arguments: 0..<8)
    func wholeCharacters(offset: Int) {
        let line = String(repeating: "x", count: offset) + String(repeating: "😀", count: 80)
        let excerpt = RejectedLine.excerpt(of: Array(line.utf8))
        #expect(!excerpt.unicodeScalars.contains("\u{FFFD}"))
        #expect(excerpt.hasSuffix("…") && excerpt.utf8.count <= 203)
    }

    @Test("damaged UTF-8 is shown as such")
    func damaged() {
        #expect(RejectedLine.excerpt(of: [0x61, 0xFF, 0x62] as [UInt8]) == "a\u{FFFD}b")
    }
}
