import CoinlineJSON
import Foundation
import Testing

@Suite("What Foundation makes of the same documents")
struct FoundationTests {
    /// Known differences of Foundation, which is laxer and narrower at once: it refuses numbers it cannot represent
    /// (`1e400`) and nesting beyond 512, and takes a byte order mark, UTF-16 and UTF-32 for signs of an encoding.
    /// What is accepted here must be accepted there too, numbers apart.
    private func foundationAccepts(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    private func hasHugeNumber(_ cursor: JSONCursor) -> Bool {
        switch cursor.kind {
        case .object: (try? cursor.members())?.contains { hasHugeNumber($0.value) } ?? false
        case .array: (try? cursor.elements())?.contains { hasHugeNumber($0) } ?? false
        case .number: (try? cursor.double()) == nil
        default: false
        }
    }

    @Test("the valid cases agree with Foundation")
    func casesAgree() throws {
        for one in ConformanceCase.all {
            guard case .accepted = one.verdict, let root = try? JSONCursor(one.bytes) else { continue }
            // Read as a mark of the encoding there.
            if one.description.contains("\u{FEFF}") { continue }
            #expect(foundationAccepts(one.bytes) || hasHugeNumber(root), "\(one)")
        }
    }

    @Test("what Foundation takes beyond the standard is known")
    func laxnessOfFoundation() {
        let lax = ConformanceCase.all.filter { one in
            if case .refused = one.verdict { foundationAccepts(one.bytes) } else { false }
        }

        // A comma before a closing bracket, and encodings other than UTF-8 guessed from the first bytes.
        let expected: [[UInt8]] = [
            Array("[1,]".utf8), Array(#"{"a":1,}"#.utf8), Array("\u{FEFF}[]".utf8), [0xFE, 0xFF, 0, 0x5B, 0, 0x5D],
            [0x5B, 0, 0x5D, 0],
        ]
        #expect(lax.map(\.bytes) == expected)
    }
}
