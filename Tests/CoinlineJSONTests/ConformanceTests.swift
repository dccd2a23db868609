import CoinlineJSON
import Testing

@Suite("Documents, valid and not")
struct ConformanceTests {
    @Test("each case is accepted or refused as RFC 8259 says", arguments: ConformanceCase.all)
    func conformance(_ one: ConformanceCase) throws {
        switch one.verdict {
        case .accepted(let text):
            #expect(String(decoding: try rewritten(one.bytes), as: UTF8.self) == text)
        case .refused(let reason):
            let error = try #require(throws: JSONError.self) { try JSONCursor(one.bytes) }
            #expect(error.description.contains(reason))
            #expect((0...one.bytes.count).contains(error.byte))
        }
    }

    @Test("every accepted case is also accepted with space around everything, and refused when its last byte is cut")
    func variations() throws {
        for one in ConformanceCase.all {
            guard case .accepted = one.verdict else { continue }

            let wrapped = Array(" \n[".utf8) + one.bytes + Array("\t]\r".utf8)
            #expect(throws: Never.self, "\(one)") { try JSONCursor(wrapped) }
            let open = Array("[".utf8) + one.bytes
            #expect(throws: JSONError.self, "\(one)") { try JSONCursor(open) }
        }
    }

    @Test("there are enough cases of both kinds, and none twice")
    func count() {
        let accepted = ConformanceCase.all.filter { if case .accepted = $0.verdict { true } else { false } }

        #expect(accepted.count >= 80)
        #expect(ConformanceCase.all.count - accepted.count >= 100)
        #expect(Set(ConformanceCase.all.map(\.bytes)).count == ConformanceCase.all.count)
    }
}
