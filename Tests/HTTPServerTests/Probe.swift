import HTTPServer
import TestKit
import Testing

/// What a peer sends over one connection and what has to come back.
struct Probe: Sendable, CustomTestStringConvertible {
    enum Step: Sendable {
        case send(String)
        /// An answer; its body is compared where one is given.
        case answer(Int, String? = nil)
        /// An answer without a body, to HEAD.
        case head(Int)
        /// A refusal by the adapter: it carries a date and no body, other than those of the library.
        case refused(Int)
        /// The connection ends, and nothing else comes.
        case end
    }

    /// As the table calls it.
    let row: String
    let steps: [Step]

    init(_ row: String, _ steps: Step...) {
        self.init(row, steps: steps)
    }

    init(_ row: String, steps: [Step]) {
        (self.row, self.steps) = (row, steps)
    }

    var testDescription: String { row }

    /// `text` is served with `answer`, and the connection is in step afterwards: the next request is read as what it is.
    static func served(_ row: String, _ text: String, _ answer: String) -> Probe {
        Probe(row, .send(text), .answer(200, answer), .send(get("/next")), .answer(200, "GET /next [] "))
    }

    /// `text` is refused with `status`, and the connection ends.
    static func refused(_ row: String, _ status: Int, _ text: String) -> Probe {
        Probe(row, .send(text), .refused(status), .end)
    }

    func run(port: UInt16) async throws {
        try await onThread {
            let connection = try RawConnection(port: port)
            let reader = RawAnswerReader(connection)
            for step in steps { try perform(step, connection, reader) }
        }
    }

    private func perform(_ step: Step, _ connection: RawConnection, _ reader: RawAnswerReader) throws {
        switch step {
        case .send(let text): try connection.send(text)
        case .answer(let status, let text):
            let answer = try reader.next()
            #expect(answer?.status == status, "\(row)")
            if let text { #expect(answer?.text == text, "\(row)") }
        case .head(let status): #expect(try reader.next(isHeadOnly: true)?.status == status, "\(row)")
        case .refused(let status):
            let answer = try reader.next()
            #expect(answer?.status == status, "\(row)")
            #expect(answer?.header("Date") != nil, "\(row)")
            #expect(answer?.body == [], "\(row)")
        // The library's own refusals of a bad length carry their head twice; the rest is thrown away with the connection.
        case .end: #expect(try reader.read(1).isEmpty, "\(row)")
        }
    }
}
