import HTTPServer
import TestKit
import Testing

@testable import InfluxWriter

@Suite("What a writer tells people")
struct WriterTextTests {
    @Test(
        "reasons of a refusal",
        arguments: [
            (.closed, "the writer is closed"),
            (.noRoom(.bytes), "the outbox is full: everything that may wait for the destination is waiting already"),
            (.disk(.full(reason: "cannot write: No space left")), "the disk is full: cannot write: No space left"),
            (.disk(.readOnly(reason: "no")), "the outbox cannot be written: no"),
            (.disk(.failing(reason: "EIO")), "the disk fails: EIO"), (.bucket(""), "the bucket has no name"),
            (.bucket("x"), "the bucket's name is too long for a folder: x"),
            (.cancelled, "cancelled while there was no room"), (.deadline, "the deadline passed"),
            (.outbox("no thread"), "no thread"), (.compression("no memory"), "no memory"),
        ] as [(WriteError.Reason, String)])
    func errors(reason: WriteError.Reason, text: String) {
        #expect("\(WriteError(reason: reason))" == text)
    }

    @Test("an account names only what there is")
    func accounts() {
        var account = Account()
        #expect("\(account)" == "0 points accepted: 0 acknowledged")
        (account.accepted, account.acknowledged) = (1, 1)
        #expect("\(account)" == "1 point accepted: 1 acknowledged")
        (account.accepted, account.pending, account.deadLettered, account.dropped, account.removed) = (11, 4, 3, 2, 1)
        #expect(
            "\(account + Account())"
                == "11 points accepted: 1 acknowledged, 4 pending on disk, 3 dead-lettered, 2 dropped, 1 removed by hand"
        )
        #expect(account.addsUp && !(account + account).description.contains("11"))
    }

    @Test("a receipt names the first point that was refused")
    func receipts() {
        var receipt = Receipt()
        (receipt.offered, receipt.accepted) = (3, 3)
        #expect("\(receipt)" == "3 points offered, 3 accepted")
        (receipt.accepted, receipt.deadLettered, receipt.dropped, receipt.refusedCount) = (2, 1, 1, 1)
        receipt.refused = [Batcher.Refusal(index: 2, measurement: "m", reason: "no field")]
        #expect(
            "\(receipt)" == "3 points offered, 2 accepted, 1 of them dead-lettered, 1 of them dropped, "
                + "1 refused (point 2 of measurement \"m\": no field)")
    }

    @Test("a status names what somebody should look at")
    func statuses() {
        var status = Status()
        status.delivers = true
        #expect("\(Report(status: status))" == "0 points accepted: 0 acknowledged")
        (status.held, status.notAccepted, status.isReachable) = (1, 2, false)
        status.disk = .full(reason: "no room")
        status.lastError = "refused"
        #expect(
            "\(status)" == "0 points accepted: 0 acknowledged; 1 point in memory, not accepted yet; "
                + "2 points could not be accepted; the disk is full, nothing is accepted: no room; "
                + "the destination is not reached and is tried again: refused")
        status = Status()
        status.pendingBatches = 1
        status.holds = [Status.Hold(bucket: Bucket("b"), message: "make it", since: Timestamp(nanoseconds: 0))]
        #expect(
            "\(status)" == "0 points accepted: 0 acknowledged; nothing is sent to bucket \"b\" until this is mended: "
                + "make it; another process delivers 1 batch")
    }

    @Test(
        "events are sentences, and those that somebody should look at are warnings",
        arguments: [
            (.held(nil, "a new token"), true, "nothing is sent to the destination until this is mended: a new token"),
            (.released(Bucket("b")), false, "bucket \"b\" takes points again"),
            (.released(nil), false, "points can be sent to the destination again"),
            (.unreachable("no"), true, "the destination is not reached and is tried again: no"),
            (.reachable, false, "the destination answers again"),
            (.deadLettered(lines: 1, Bucket("b"), reason: "r"), true, "1 line for bucket \"b\" became dead letters: r"),
            (
                .setAside(lines: 2, Bucket("b"), reason: "r"), true,
                "a batch of 2 lines for bucket \"b\" waits by itself: r"
            ),
            (
                .dropped(lines: 2, batches: 1, reason: .age), true,
                "2 lines in 1 batch dropped: they waited longer than any batch may"
            ),
            (
                .dropped(lines: 1, batches: 1, reason: .notAccepted(.deadline)), true,
                "1 line in 1 batch dropped: they could not be accepted: the deadline passed"
            ),
            (.deadLettersDiscarded(2), true, "2 old dead letters went, because there were too many"),
            (.takenUp(lines: 1, Bucket("b")), false, "another process added 1 line for bucket \"b\""),
            (.removed(lines: 3, Bucket("b")), true, "3 lines for bucket \"b\" went by hand"),
            (.room(true), false, "the outbox has room again"),
            (
                .room(false), true,
                "nothing is accepted: the outbox is full: everything that may wait for the destination is waiting already"
            ),
            (.disk(.usable), false, "the outbox can be written again"),
            (.disk(.full(reason: "r")), true, "the disk is full, nothing is accepted: r"),
            (
                .disk(.readOnly(reason: "r")), true,
                "the outbox cannot be written, and what belongs there is not accepted: r"
            ),
            (.disk(.failing(reason: "r")), true, "the disk fails, and what belongs there is not accepted: r"),
            (.hiddenPoints("r"), true, "the destination stored points that no query shows: r"),
            (.delivering(lines: 0), false, "delivering, beginning with 0 lines"), (.note("r"), false, "r"),
        ] as [(Event, Bool, String)])
    func eventTexts(event: Event, isWarning: Bool, text: String) {
        #expect("\(event)" == text && event.isWarning == isWarning)
    }

    @Test("no text holds the token, though the server repeats it")
    func secrets() async throws {
        let world = try WriterWorld()
        let server = try ScriptedServer { seen in
            let echo = seen.headers["authorization"] ?? "none"
            let json = #"{"code":"unauthorized","message":"unauthorized: \#(echo)"}"#
            return ServerResponse(401, body: .bytes(Array(json.utf8)))
        }
        let writer = try world.writer(speed: 20, to: InfluxDB(influxConfiguration(server.url)))
        let told = events(of: writer)
        let receipt = try await writer.write([point(1)], to: world.bucket)
        let report = await writer.drain(givingUpAfter: .seconds(600))
        _ = await writer.close(within: .zero)
        await server.stop()
        let texts = ["\(receipt)", "\(report)"] + (await told.value.map { "\($0)" })
        #expect(report.status.holds.count == 1 && texts.contains { $0.contains("until this is mended") })
        #expect(!texts.joined().contains("the-token-of-the-test") && server.requests.count >= 1)
    }
}
