import Testing

@testable import CoinlineHTTP

@Suite("Collecting an answer")
struct AnswerCollectorTests {
    private func collect(_ lines: [String], bodyBytesMax: Int = 0) -> AnswerCollector {
        var collector = AnswerCollector(bodyBytesMax: bodyBytesMax)
        for line in lines { _ = collector.take(headLine: Array(line.utf8)) }
        return collector
    }

    @Test(
        "a line becomes a header, however it is spaced",
        arguments: [
            ("A: b\r\n", "A", "b"), ("A:b\n", "A", "b"), ("A:\t b \t\r\n", "A", "b"), ("A:\r\n", "A", ""),
            ("A: b: c\r\n", "A", "b: c"), (":x\r\n", "", "x"), ("A: ü\r\n", "A", "ü"),
        ])
    func oneLine(line: String, name: String, value: String) {
        let headers = collect(["HTTP/1.1 200 OK\r\n", line]).headers

        #expect(headers.count == 1)
        #expect(headers.first?.name == name)
        #expect(headers.first?.value == value)
    }

    @Test("a folded line continues the value before it, and one without a colon is left out")
    func folded() {
        let headers = collect(["HTTP/1.1 200 OK\r\n", " x\r\n", "A: b\r\n", "\t c\r\n", "nonsense\r\n", "\r\n"]).headers

        #expect(headers.map(\.value) == ["b c"])
    }

    @Test("a head is complete with its empty line, until the next status line")
    func completeness() {
        #expect(!collect(["HTTP/1.1 200 OK\r\n", "A: b\r\n"]).isHeadComplete)
        #expect(collect(["HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n"]).isHeadComplete)
        #expect(!collect(["HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/1.1 200 OK\r\n"]).isHeadComplete)
    }

    @Test("the last byte of a head that is allowed is taken and the next refused")
    func headLimit() {
        var collector = AnswerCollector(bodyBytesMax: 0)
        let line = Array("A: \(String(repeating: "x", count: AnswerCollector.headBytesMax - 5))\r\n".utf8)

        let isLastTaken = collector.take(headLine: line)
        let isNextTaken = collector.take(headLine: [0x0A])

        #expect(isLastTaken)
        #expect(!isNextTaken)
        #expect(collector.overflow == .head)
    }

    @Test("what fits of a body is kept")
    func bodyLimit() {
        var collector = AnswerCollector(bodyBytesMax: 3)

        let isFirstTaken = collector.take(body: [1, 2])
        let isSecondTaken = collector.take(body: [3, 4])

        #expect(isFirstTaken)
        #expect(!isSecondTaken)
        #expect(collector.body == [1, 2, 3])
        #expect(collector.overflow == .body)
    }
}
