import CoinlineFiles
import TestKit
import Testing

@testable import Collector

@Suite("Marks of origin")
struct OriginTests {
    @Test("the first claim makes the mark, the same again is fine, the other is refused")
    func claims() async throws {
        try await withTemporaryFolder { folder in
            let mark = OriginMark(folder: folder + "/outbox/main/b")

            #expect(try mark.read() == nil)
            try mark.claim(.simulated)
            try mark.claim(.simulated)
            #expect(try mark.read() == .simulated)
            #expect(throws: OriginError.self) { try mark.claim(.real) }
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
}
