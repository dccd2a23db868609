import CoinlineBase
import TestKit
import Testing

@Suite("ExactName")
struct ExactNameTests {
    @Test("names are equal when their bytes are, whatever Unicode says of the texts")
    func equality() {
        // One letter each in three spellings, and the sign for kelvin, which Unicode takes for a K.
        let texts = ["", "a", "A", "a\0", "é", "e\u{301}", "K", "\u{212A}", "circulating_supply", "circulating_supplY"]
        for (row, left) in texts.enumerated() {
            for (column, right) in texts.enumerated() {
                #expect((ExactName(left) == ExactName(right)) == (row == column), "\(left) and \(right)")
            }
        }
        #expect(Set(texts.map(ExactName.init)).count == texts.count)
        #expect(ExactName("e\u{301}").text.utf8.elementsEqual("e\u{301}".utf8))
    }

    @Test("equal names have equal hashes, and of two in a row it counts where the second begins")
    func hashes() {
        var random = SeededGenerator()
        for _ in 0..<200 {
            let scalars = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                ["a", "_", "é", "\u{301}", "€", "🙂"].randomElement(using: &random) ?? "a"
            }
            // Two strings of their own.
            let (left, right) = (ExactName(scalars.joined()), ExactName(scalars.joined()))
            #expect(left == right && left.hashValue == right.hashValue, "seed \(SeededGenerator.seed)")
        }
        #expect([ExactName("ab"), ExactName("c")].hashValue != [ExactName("a"), ExactName("bc")].hashValue)
    }
}
