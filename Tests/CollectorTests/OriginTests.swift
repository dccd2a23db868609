import CoinlineFiles
import InfluxWriter
import TestKit
import Testing

@testable import Collector

@Suite("Marks of origin")
struct OriginTests {
    @Test("the first claim makes the mark, and every later one is told of it")
    func claims() async throws {
        try await withTemporaryFolder { folder in
            let mark = OriginMark(folder: folder + "/outbox/main/b")

            #expect(try mark.read() == nil)
            let claims = [try mark.claim(.simulated), try mark.claim(.simulated), try mark.claim(.real)]
            #expect(claims == [.simulated, .simulated, .simulated])
            #expect(try mark.read() == .simulated)
        }
    }

    @Test("a mark that says nothing is an error and stays as it is")
    func unreadable() async throws {
        try await withTemporaryFolder { folder in
            try DurableFile.write(Array("perhaps".utf8), to: ".origin", in: folder)

            #expect(throws: OriginError.self) { try OriginMark(folder: folder).read() }
            #expect(throws: OriginError.self) { try OriginMark(folder: folder).claim(.real) }
            #expect(try Files.read(folder + "/.origin", bytesMax: 100) == Array("perhaps".utf8))
        }
    }

    @Test("of a bucket that holds the other data the message names the bucket, the mark and the setting")
    func mixed() async throws {
        try await withTemporaryFolder { folder in
            let target = Target(
                name: "main", destination: NoDestination(), bucket: Bucket("b"), dialect: .influx2,
                label: "bucket \"b\" of x")
            let keeper = OriginKeeper(target: target, dataFolder: folder)

            #expect(try keeper.marked() == nil)
            try keeper.check(.simulated)
            #expect(try keeper.marked() == nil)
            try await keeper.claim(.real)
            let error = await #expect(throws: OriginError.self) { try await keeper.claim(.simulated) }
            #expect(throws: OriginError.self) { try keeper.check(.simulated) }
            let text = try #require(error?.description)
            for word in ["bucket \"b\" of x", "/outbox/main/b/.origin", "INFLUXDB_BUCKET"] {
                #expect(text.contains(word), "\(text)")
            }
            #expect(error?.isMixed == true)
        }
    }
}
