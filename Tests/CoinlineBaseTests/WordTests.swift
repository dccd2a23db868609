import Testing

@testable import CoinlineBase

@Suite("Words")
struct WordTests {
    @Test(
        "a letter more, less or other is one edit, and so are two neighbours that changed places",
        arguments: [
            ("", "", 0), ("fetch", "fetch", 0), ("", "abc", 3), ("fetch", "fetsch", 1), ("fetch", "fech", 1),
            ("fetch", "fetcg", 1), ("fetch", "fecth", 1), ("fetch", "efthc", 2), ("abc", "ca", 3),
            ("kitten", "sitting", 3),
            ("é", "e", 1), ("Fetch", "fetch", 1),
        ])
    func distance(first: String, second: String, edits: Int) {
        #expect(EditDistance.between(first, second) == edits)
        #expect(EditDistance.between(second, first) == edits)
    }

    @Test("of a page that was pasted only the beginning is looked at")
    func bound() {
        let page = String(repeating: "a", count: 1_000_000)
        let bound = EditDistance.lengthMax

        #expect(EditDistance.between(page, page) == 0)
        #expect(EditDistance.between(page, "") == bound)
        #expect(EditDistance.between(String(page.prefix(bound)) + "b", String(page.prefix(bound))) == 0)
        #expect(EditDistance.between(String(page.prefix(bound - 1)) + "b", String(page.prefix(bound))) == 1)
    }

    @Test(
        "words are listed with commas, and the last one with \"or\"",
        arguments: [
            ([], ""), (["A"], "A"), (["A", "B"], "A or B"), (["A", "B", "C"], "A, B or C"),
        ] as [([String], String)])
    func list(words: [String], text: String) {
        #expect(WordList.or(words) == text)
    }
}
