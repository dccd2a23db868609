import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Delivery: what is done after an answer")
struct DeliveryPlanTests {
    private typealias Attempt = DeliveryPlan.Attempt

    struct Case: Sendable {
        let reply: Reply
        var attempt = DeliveryPlan.Attempt(lines: 5_000, bytes: 100_000)
        let step: String

        init(
            _ reply: Reply, _ step: String, _ change: (inout DeliveryPlan.Attempt) -> Void = { _ in }
        ) {
            self.reply = reply
            self.step = step
            change(&attempt)
        }
    }

    private static let partial = Reply.partial(
        refused: [], count: RefusedCount(lines: 3, isAtLeast: true, words: "partial write: x"), message: "p")

    static let cases: [Case] = [
        Case(.acknowledged, "forget"),
        // 200 with a body, redirects, other programs.
        Case(.unexpected(status: 200, "no database"), "hold destination: no database"),
        Case(.unexpected(status: 302, "redirects"), "hold destination: redirects"),
        Case(.unexpected(status: 0, "cannot be sent"), "hold destination: cannot be sent"),
        Case(.unproved("takes all"), "hold destination: takes all"),
        // A limit of the server: more bodies may pass, but never a smaller one.
        Case(.limited("full"), "hold bucket: full"),
        Case(.limited("full"), "hold bucket: full") { $0.history = history(60, of: .limited("full")) },
        Case(.limited("full"), "hold bucket: full") { $0.batches = 9 },
        Case(.limited("full"), "verify, aside 90.0 seconds") {
            $0.history = history(1, of: .limited("full"))
            $0.bucket = bucketHistory(stored: 1)
        },
        Case(.limited("full"), "aside 720.0 seconds") {
            $0.history = history(5, of: .limited("full"), isVerified: true)
            $0.bucket = bucketHistory(stored: 1)
        },
        // What passes by itself.
        Case(.unavailable("refused"), "retry 0.5 seconds"),
        Case(.unavailable("refused"), "retry 4.0 seconds") { $0.history = history(3, of: .unavailable("refused")) },
        Case(.unavailable("refused"), "retry 30.0 seconds") { $0.history = history(100, of: .unavailable("refused")) },
        Case(.overloaded(after: nil, "busy"), "retry 0.5 seconds"),
        Case(.overloaded(after: .seconds(7), "busy"), "retry 7.0 seconds"),
        Case(.overloaded(after: .milliseconds(1), "busy"), "retry 0.5 seconds"),
        Case(.overloaded(after: .seconds(600), "busy"), "retry 600.0 seconds"),
        Case(.overloaded(after: .seconds(601), "busy"), "retry 600.0 seconds"),
        Case(.overloaded(after: .seconds(Int64(Int32.max)), "busy"), "retry 600.0 seconds"),
        Case(.overloaded(after: nil, "busy"), "retry 30.0 seconds") {
            $0.history = history(1_000, of: .overloaded(after: nil, ""))
        },
        // The same body again and again.
        Case(failed, "retry 0.5 seconds"),
        // Of several one may be at fault.
        Case(failed, "separate") { $0.batches = 2 },
        Case(.unavailable("reset"), "retry 0.5 seconds") { $0.batches = 2 },
        Case(.unavailable("reset"), "separate") {
            $0.batches = 2
            for stored in 0..<3 {
                $0.history.note(
                    .unavailable(""), .retry(after: .zero, because: ""), in: bucketHistory(stored: stored))
            }
            $0.bucket = bucketHistory(stored: 3)
        },
        Case(failed, "retry 1.0 seconds") { $0.history = history(1, of: failed) },
        Case(failed, "verify, aside 90.0 seconds") { $0.history = history(2, of: failed) },
        Case(failed, "aside 90.0 seconds") { $0.history = history(2, of: failed, isVerified: true) },
        Case(failed, "aside 180.0 seconds") { $0.history = history(3, of: failed, isVerified: true) },
        Case(failed, "aside 2700.0 seconds") { $0.history = history(60, of: failed, isVerified: true) },
        Case(failed, "aside 360.0 seconds") {
            $0.history = history(4, of: failed, isVerified: true)
            $0.bucket = bucketHistory(stored: 1)
        },
        Case(failed, "bisect") {
            $0.history = history(5, of: failed, isVerified: true)
            $0.bucket = bucketHistory(stored: 1)
        },
        Case(failed, "aside 720.0 seconds") { $0.history = history(5, of: failed, isVerified: true) },
        Case(failed, "aside 720.0 seconds") {
            $0.lines = 1
            $0.history = history(5, of: failed, isVerified: true)
            $0.bucket = bucketHistory(stored: 1)
        },
        Case(failed, "retry 2.0 seconds") { $0.history = history(2, of: .unavailable("refused")) },
        Case(failed, "separate") {
            $0.history = history(2, of: failed)
            $0.batches = 2
        },
        // For the operator.
        Case(.unauthorized("token"), "hold destination: token"),
        Case(.forbidden("rights"), "hold bucket: rights"),
        Case(.notFound(.bucket, "bucket"), "hold bucket: bucket"),
        Case(.notFound(.database, "database"), "hold bucket: database"),
        Case(.notFound(.unknown, "something"), "hold bucket: something"),
        Case(.notFound(.organization, "organization"), "hold destination: organization"),
        Case(.notFound(.path, "path"), "hold destination: path"),
        // A probe was taken and the batch was not, three times: it is the batch.
        Case(.forbidden("filter"), "hold bucket: filter") { $0.history = history(1, of: .forbidden("filter")) },
        Case(.forbidden("filter"), "verify, aside 90.0 seconds") { $0.history = history(2, of: .forbidden("filter")) },
        Case(.unexpected(status: 406, "x"), "verify, aside 90.0 seconds") {
            $0.history = history(2, of: .unexpected(status: 406, "y"))
        },
        Case(.unexpected(status: 406, "x"), "hold destination: x") {
            $0.history = history(2, of: .unexpected(status: 302, "x"))
        },
        // Too large.
        Case(.tooLarge("big"), "split"),
        Case(.tooLarge("big"), "separate") { $0.batches = 2 },
        Case(.tooLarge("big"), "split") { $0.lines = 2 },
        Case(.tooLarge("big"), "dead letter") {
            $0.lines = 1
            $0.bytes = 64 << 10
        },
        Case(.tooLarge("big"), "hold destination: big") {
            $0.lines = 1
            $0.bytes = (64 << 10) - 1
        },
        Case(.tooLarge("big"), "dead letter") { $0.canSplit = false },
        // Lines at fault.
        Case(rejected(2), "excise [2]"),
        Case(rejected(2, 9, 11), "excise [2, 9, 11]"),
        Case(rejected(2, nil), "excise [2]"),
        Case(rejected(2), "excise [2]") { $0.batches = 3 },
        Case(rejected(1), "excise [1]") { $0.lines = 1 },
        Case(rejected(nil), "verify, bisect"),
        Case(rejected(), "verify, bisect"),
        Case(rejected(), "separate") { $0.batches = 2 },
        Case(rejected(), "bisect") { $0.history.isVerified = true },
        Case(rejected(), "bisect") {
            $0.lines = 2
            $0.history.isVerified = true
        },
        Case(rejected(), "verify, retry 4.0 seconds") { $0.lines = 1 },
        Case(rejected(), "retry 4.0 seconds") {
            $0.lines = 1
            $0.history.isVerified = true
        },
        Case(rejected(), "hold bucket: no") {
            $0.lines = 1
            $0.history = history(1, of: rejected(), isVerified: true)
        },
        Case(rejected(), "aside 90.0 seconds") {
            $0.lines = 1
            $0.history = history(2, of: rejected(), isVerified: true)
        },
        Case(rejected(), "verify, dead letter") {
            $0.lines = 1
            $0.history = history(1, of: rejected(), isVerified: $0.history.isVerified)
            $0.bucket = bucketHistory(stored: 1)
        },
        Case(rejected(), "dead letter") {
            $0.lines = 1
            $0.history.isVerified = true
            $0.history = history(1, of: rejected(), isVerified: $0.history.isVerified)
            $0.bucket = bucketHistory(stored: 1)
        },
        Case(rejected(), "verify, dead letter") {
            $0.canSplit = false
            $0.history = history(1, of: rejected(), isVerified: $0.history.isVerified)
            $0.bucket = bucketHistory(stored: 1)
        },
        // Refusals without a name in a row: it is not the lines.
        Case(rejected(), "verify, bisect") { $0.bucket = bucketHistory(stored: 5, refused: 23) },
        Case(rejected(), "verify, hold bucket: no") { $0.bucket = bucketHistory(stored: 5, refused: 24) },
        Case(rejected(2), "excise [2]") { $0.bucket = bucketHistory(refused: 24) },
        // Stored in part.
        Case(partial, "settle 0 of 3"),
        Case(partial, "settle 0 of 3") { $0.batches = 9 },
    ]

    @Test("each answer has its step", arguments: cases)
    func table(expected: Case) {
        let step = DeliveryPlan().step(after: expected.reply, for: expected.attempt, random: 0.5)

        #expect(words(step) == expected.step)
    }

    @Test("only 204 forgets a batch, and nothing but a settled or dead one is not sent again")
    func onlyAcknowledgementForgets() {
        for expected in Self.cases {
            let step = DeliveryPlan().step(after: expected.reply, for: expected.attempt, random: 0.1)
            #expect((step == .forget) == (expected.reply == .acknowledged), "\(expected.reply)")
        }
    }

    @Test("a batch at fault holds neither its bucket nor the destination")
    func poisonWaitsAlone() {
        let poison: [Reply] = [rejected(2), Self.partial, .tooLarge("big"), failed, .unavailable("reset")]
        for reply in poison {
            for count in 0..<6 {
                let attempt = DeliveryPlan.Attempt(lines: 10, bytes: 1_000_000, history: history(count, of: reply))
                #expect(DeliveryPlan().step(after: reply, for: attempt, random: 0.9).scope == .batch, "\(reply)")
            }
        }
    }

    @Test("every wait is within its bounds, whatever the random number")
    func waits() {
        let plan = DeliveryPlan()
        for count in [0, 1, 5, 50, 5_000] {
            for random in [0, 0.5, 0.999_999, 1, 7, -1] {
                let attempt = DeliveryPlan.Attempt(lines: 1, bytes: 1, history: history(count, of: .unavailable("")))
                guard case .retry(let wait, _) = plan.step(after: .unavailable(""), for: attempt, random: random)
                else { continue }
                #expect(wait >= .zero && wait <= .seconds(60))
            }
        }
    }

    @Test("a piece of a refused batch remembers what passed since, and nothing else")
    func pieces() {
        var parent = history(3, of: failed)
        parent.note(rejected(), .bisect(because: ""), in: BucketHistory())

        let piece = parent.ofPiece

        #expect(piece.failures == 0 && piece.isVerified)
        #expect(!piece.othersPassed(acknowledged: 0))
        #expect(piece.othersPassed(acknowledged: 1))
        #expect(!BatchHistory().othersPassed(acknowledged: 9))
    }

    private func suspicions(_ reply: Reply) -> [Int] {
        (1...3).map { history($0, of: reply).suspicion }
    }

    @Test("answers that may be a body's fault make it suspect, and no others")
    func suspicion() {
        #expect(BatchHistory().suspicion == 0)
        #expect(suspicions(failed) == [1, 2, 3])
        #expect(suspicions(.forbidden("x")) == [0, 1, 2])
        #expect(suspicions(.unavailable("refused")) == [0, 0, 0])
        #expect(suspicions(.overloaded(after: nil, "busy")) == [0, 0, 0])
    }

    @Test("a batch that is not taken between others that are, again and again, is suspected whatever the answer")
    func outlived() {
        var history = BatchHistory()
        for stored in 0...3 {
            #expect(history.suspicion == 0)
            history.note(
                .unavailable("reset"), .retry(after: .zero, because: ""), in: bucketHistory(stored: stored))
        }

        #expect(history.suspicion == 1)
    }

    @Test("only a batch that failed again after others passed, which pass still, has nothing to hope for")
    func proven() {
        var history = BatchHistory()
        for (stored, isProven) in [(0, false), (0, false), (7, true), (7, true)] {
            history.note(failed, .setAside(after: .zero, because: ""), in: bucketHistory(stored: stored))
            #expect(!history.isProven(acknowledged: stored))
            #expect(history.isProven(acknowledged: stored + 1) == isProven)
        }
    }

    @Test("a batch that was set aside is known as such, and its pieces are not")
    func aside() {
        var history = history(2, of: failed)
        #expect(!history.isAside)

        history.note(failed, .verify(then: .setAside(after: .seconds(1), because: "")), in: BucketHistory())

        #expect(history.isAside && !history.ofPiece.isAside)
        #expect(history.suspicion == .max && history.ofPiece.suspicion == 0)
    }

    @Test("answers of one kind are alike whatever their words, and another kind begins anew")
    func alike() {
        var history = history(2, of: failed)
        #expect(history.failuresAlike(with: .failed("the server failed to answer the write (status 500)")) == 3)
        #expect(history.failuresAlike(with: .unavailable("the server failed to answer the write (502: x)")) == 1)

        history.note(.unavailable("refused"), .retry(after: .zero, because: ""), in: BucketHistory())

        #expect(history.failuresAlike(with: failed) == 1)
        #expect(history.failures == 3)
    }

    @Test(
        "an answer of 500 is told from all else that is not available",
        arguments: [(500, true), (501, false), (502, false), (504, false), (408, false), (599, false)])
    func serverFailure(status: Int, isFailure: Bool) throws {
        for body in ["", #"{"code":"internal error","message":"broken"}"#, "(500: x", "<html><title>500</title>"] {
            let reply = try answered(status, body)
            #expect(kind(of: reply) == (isFailure ? "failed" : "unavailable"), "\(reply)")
        }
    }

    private func answered(_ status: Int, _ body: String, _ headers: [(String, String)] = []) throws -> Reply {
        let context = WriteReply.Context(
            requests: try WriteRequests(influxConfiguration()), bucket: Bucket("b"),
            now: UTCTime(seconds: 1_767_225_600))
        let answer = WriteReply.Answer(
            status: status, headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8))
        return WriteReply.reply(to: answer, context, delivered: try gzipped("m v=1 1\nm v=2 2\n"))
    }

    @Test(
        "from the status to the step",
        arguments: [
            (204, "", "", "forget"), (204, "x", "", "hold destination"), (200, "", "", "hold destination"),
            (200, "<html><title>Login</title>", "", "hold destination"), (202, "{}", "", "hold destination"),
            (301, "", "", "hold destination"), (401, "", "", "hold destination"), (403, "", "", "hold bucket"),
            (404, #"{"code":"not found","message":"bucket \"b\" not found"}"#, "", "hold bucket"),
            (404, "<html>nginx</html>", "", "hold destination"), (405, "", "", "hold destination"),
            (408, "", "", "retry 0.5"), (411, "", "", "hold destination"), (413, "", "", "split"),
            (413, "<html><title>413 Request Entity Too Large</title>", "", "split"),
            (429, "", "", "retry 0.5"), (429, "", "12", "retry 12.0"), (429, "", " 12 ", "retry 12.0"),
            (429, "", "Thu, 01 Jan 2026 00:00:09 GMT", "retry 9.0"),
            (503, "", "Thu, 01 Jan 2026 00:00:09 GMT", "retry 9.0"),
            (503, "", "Thursday, 01-Jan-26 00:00:09 GMT", "retry 9.0"),
            (503, "", "Thu Jan  1 00:00:09 2026", "retry 9.0"),
            (503, "", "Wed, 31 Dec 2025 00:00:00 GMT", "retry 0.5"),
            (503, "", "Fri, 01 Jan 2100 00:00:00 GMT", "retry 600.0"), (429, "", "99999999999999999999", "retry 600.0"),
            (429, "", "soon", "retry 0.5"), (429, "", "-5", "retry 0.5"), (429, "", "1.5", "retry 0.5"),
            (499, "", "", "retry 0.5"), (500, "", "", "retry 0.5"), (502, "<html>", "", "retry 0.5"),
            (504, "", "", "retry 0.5"), (599, "", "", "retry 0.5"),
            (400, #"{"code":"invalid","message":"unable to parse 'm v=2 2': bad"}"#, "", "excise [2]"),
            (400, #"{"code":"invalid","message":"gzip: invalid checksum"}"#, "", "verify, bisect"),
            (400, "<html><title>Bad Request</title>", "", "hold destination"),
            (
                422, #"{"message":"failure writing points to database: partial write: x dropped=1"}"#, "",
                "settle 0 of 1"
            ),
            (422, #"{"message":"no"}"#, "", "hold destination"), (418, "", "", "hold destination"),
        ])
    func statuses(status: Int, body: String, retryAfter: String, expected: String) throws {
        let reply = try answered(status, body, retryAfter.isEmpty ? [] : [("Retry-After", retryAfter)])
        let attempt = DeliveryPlan.Attempt(lines: 2, bytes: 30)

        #expect(words(DeliveryPlan().step(after: reply, for: attempt, random: 0.5)).hasPrefix(expected), "\(reply)")
    }

    @Test(
        "every answer that may pass by itself is heard when it names a time, in seconds or as a date",
        arguments: [408, 429, 499, 500, 501, 502, 503, 504, 507, 599])
    func retryAfter(status: Int) throws {
        let body = #"{"code":"internal error","message":"broken"}"#
        let attempt = DeliveryPlan.Attempt(lines: 2, bytes: 30, history: history(1, of: .unavailable("refused")))
        func step(_ retryAfter: String) throws -> String {
            let reply = try answered(status, body, [("Retry-After", retryAfter)])
            return words(DeliveryPlan().step(after: reply, for: attempt, random: 0.5))
        }

        #expect(try step("12") == "retry 12.0 seconds")
        #expect(try step("Thu, 01 Jan 2026 00:00:09 GMT") == "retry 9.0 seconds")
        #expect(try step("99999") == "retry 600.0 seconds")
        for none in ["0", "soon", "-5", "Wed, 31 Dec 2025 00:00:00 GMT"] {
            #expect(try step(none) == "retry 1.0 seconds", "\(none)")
            let reply = try answered(status, body, [("Retry-After", none)])
            // Without a time to come it stays what it is: of 500 the body may be the reason.
            #expect((kind(of: reply) == "failed") == (status == 500))
        }
    }

    @Test("an answer of 100 MB that is cut names what it names, and none of it is taken for more")
    func hugeAnswer() throws {
        let context = WriteReply.Context(
            requests: try WriteRequests(influxConfiguration()), bucket: Bucket("b"), now: UTCTime(seconds: 0))
        let text = "{\"code\":\"invalid\",\"message\":\"unable to parse 'm v=': missing\\nunable to parse 'm w"
        let lines = "m v=1 1\nm v=\nm w" + String(repeating: "x", count: 1 << 20) + "= 3\n"
        // What is read of it.
        let body = Array((text + String(repeating: "x", count: 64 << 10)).utf8.prefix(WriteRequests.answerBytesMax))
        let answer = WriteReply.Answer(status: 400, body: body, isBodyCut: true)
        let html = WriteReply.Answer(
            status: 500, body: Array(("<html>" + String(repeating: "x", count: 65_530)).utf8), isBodyCut: true)

        let reply = WriteReply.reply(to: answer, context, delivered: try gzipped(lines))
        let step = DeliveryPlan().step(after: reply, for: .init(lines: 3, bytes: 99), random: 0.5)
        let page = WriteReply.reply(to: html, context, delivered: try gzipped(lines))

        // One is named whole; the other, of which only a part is seen, shows on the next try.
        #expect(words(step) == "excise [2]")
        #expect(page.text.utf8.count < 400 && kind(of: page) == "failed")
    }
}
