extension OutsidePackage {
    /// A program that uses everything that the writer offers: points for a database that is down, the outbox that keeps
    /// them, a destination of one's own that takes them, and what is refused on the way.
    ///
    /// `surface FOLDER URL`, with the address of a port where nobody listens.
    static let surface = #"""
        import InfluxWriter
        import Synchronization

        enum Given {
            static let folder = CommandLine.arguments[1]
            static let url = CommandLine.arguments[2]
            static let bucket = Bucket("home")
            static let start: Int64 = 1_760_000_000

            static func readings(_ numbers: Range<Int>) -> [Point] {
                numbers.map { number in
                    Point(
                        measurement: "weather", tags: [Tag("station", "Lyon")],
                        fields: [Field("temperature", .float(Double(number) / 2))],
                        time: Timestamp(start + Int64(number), precision: .seconds))
                }
            }
        }

        /// Takes everything but the first line that it is given.
        final class Notebook: Destination {
            private let pages = Mutex([String]())
            private let isNew = Mutex(true)

            func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
                let isFirst = isNew.withLock { isNew in
                    defer { isNew = false }
                    return isNew
                }
                if isFirst {
                    let fault = RejectedLine(line: "weather", number: 1, reason: "the page is torn")
                    return .rejected(lines: [fault], message: "1 line is at fault")
                }
                pages.withLock { pages in
                    for batch in batches { pages.append("\(batch.lines) in \(batch.precision), \(batch.name.id)") }
                }
                return batches.allSatisfy { $0.body.count > 20 } ? .acknowledged : .failed("a batch is empty")
            }

            func check(_ bucket: Bucket) async -> Reply { .acknowledged }

            var pageCount: Int { pages.withLock { $0.count } }
        }

        /// Lets nobody in.
        struct Locked: Destination {
            func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply { .forbidden("locked") }
            func check(_ bucket: Bucket) async -> Reply { .forbidden("locked") }
        }

        func configuration(_ name: String) -> Writer.Configuration {
            let clock = Timestamp(Given.start, precision: .seconds)!
            var configuration = Writer.Configuration(dataFolder: "\(Given.folder)/\(name)", now: { clock })
            configuration.destination = "notebook"
            configuration.limits.linesMax = 2
            configuration.limits.bytesMax = 1 << 20
            configuration.sealAfter = .milliseconds(20)
            configuration.precision = .seconds
            configuration.dialect = .influx2
            configuration.text = .replace
            configuration.gzipLevel = 6
            configuration.sync = .interval(.seconds(1))
            configuration.capacity.freeBytesMin = 1 << 20
            configuration.capacity.ageMax = .seconds(86_400)
            var letters = DeadLetters.Capacity()
            letters.lettersMax = 100
            letters.bytesMax = 1 << 20
            configuration.deadLetters = letters
            configuration.memoryBytesMax = 1 << 20
            configuration.diskPatience = .seconds(2)
            configuration.requestsMax = 1
            configuration.requestBytesMax = 1 << 20
            configuration.fieldTypes = [
                FieldDeclaration(bucket: Given.bucket, measurement: "weather", field: "temperature", type: .float)
            ]
            configuration.guardsTypes = true
            return configuration
        }

        // MARK: A database that is down

        func down() async throws {
            let database = try InfluxDB(InfluxDB.Configuration(url: Given.url))
            let writer = try Writer(configuration("home"), to: database)
            writer.use(.influx1)
            var given = Given.readings(0..<5)
            given.append(Point(measurement: "weather"))
            given.append(Point(measurement: "weather", fields: [Field("temperature", .boolean(true))]))
            let receipt = try await writer.write(given, to: Given.bucket)
            print(receipt.offered, receipt.accepted, receipt.deadLettered, receipt.refusedCount, writer.dialect)
            for refusal in receipt.refused { print(refusal.index, refusal.measurement, refusal.reason) }
            print(receipt.counts.points, receipt.counts.refusedPoints, receipt.dropped, receipt == Receipt())
            let enqueued = try await writer.enqueue(Given.readings(5..<6), to: Given.bucket, precision: .milliseconds)
            print(enqueued.offered, enqueued.accepted)
            try await writer.flush(within: .seconds(10))
            print(writer.status.own.accepted, "accepted")
            tell(await writer.close(within: .zero))
            do { _ = try await writer.write(given, to: Given.bucket) } catch { tell(error) }
            database.close()
        }

        func tell(_ report: Report) {
            let status = report.status
            print(report.isComplete, report.isDrained, status.held, status.pendingBatches, status.disk == .usable)
            tell(status.own)
            tell(status.total)
            let numbers = [status.setAside, status.discardedDeadLetters, status.overwrites, status.notAccepted]
            print(numbers, status.retries <= status.requests, status.pendingBytes > 0, status.isFull)
            if let oldest = status.oldest { print("oldest", oldest.value(in: .seconds)) }
            if let obstacle = status.obstacle { print(obstacle) }
            for hold in status.holds { tell(hold) }
        }

        func tell(_ hold: Status.Hold) {
            print(hold.bucket?.name ?? "all", hold.message, hold.since.nanoseconds > 0)
        }

        func tell(_ account: Account) {
            let gone = account.acknowledged + account.deadLettered + account.dropped + account.removed
            print(account.accepted, "=", account.pending, "+", gone, account.addsUp, account == account + Account())
        }

        func tell(_ error: WriteError) {
            print(words(error.reason), error.notAccepted, error.receipt.offered, error.description == "\(error)")
        }

        func words(_ reason: WriteError.Reason) -> String {
            switch reason {
            case .closed: "closed"
            case .noRoom(let shortage): words(shortage)
            case .disk(let state): words(state)
            case .bucket(let name): "bucket \(name)"
            case .cancelled: "cancelled"
            case .deadline: "deadline"
            case .outbox(let text), .compression(let text): text
            }
        }

        func words(_ shortage: OutboxCapacity.Shortage) -> String {
            switch shortage {
            case .bytes: "too many wait"
            case .freeBytes: "the disk is nearly full"
            case .batch: "the batch is too big"
            }
        }

        func words(_ state: DiskState) -> String {
            switch state {
            case .usable: "usable"
            case .full(let reason), .readOnly(let reason), .failing(let reason): reason
            }
        }

        // MARK: What waits

        func look() throws {
            let layout = OutboxLayout(dataFolder: "\(Given.folder)/home", destination: "notebook")
            let summary = try OutboxSummary.read(layout)
            print(summary.batches, summary.lines, summary.bytes > 0, summary.isOwned)
            print(summary.oldest?.value(in: .seconds) ?? 0)
            func isAll(_ pending: OutboxSummary.Pending) -> Bool {
                pending.batches == summary.batches && pending.lines == summary.lines
                    && pending.bytes == summary.bytes && pending.oldest == summary.oldest
            }
            for pending in summary.buckets { print(pending.bucket, isAll(pending)) }
            let reader = OutboxReader(layout)
            for bucket in try reader.buckets() {
                var names: [BatchName] = []
                try reader.forEachBatch(in: bucket) { names.append($0) }
                let files = try names.compactMap { try reader.read($0, in: bucket) }
                let isRead = try files.allSatisfy { try !$0.lineProtocol().isEmpty } && files.count == names.count
                print(bucket.folderName, names.map(\.lines).reduce(0, +), isRead)
            }
            let folders = [layout.folder, layout.deadLetterFolder, layout.folder(of: Given.bucket)]
            let paths = folders + [layout.lockPath, layout.schemaPath]
            print(paths.allSatisfy { $0.hasPrefix(layout.dataFolder) }, layout.destination)
            print(try OutboxLayout.all(in: layout.dataFolder) == [layout])
            print(Bucket(folderName: "a%2Fb")?.name ?? "", Bucket("").isValid, Bucket.folderNameBytesMax)
        }

        // MARK: A destination of one's own

        func up() async throws {
            let notebook = Notebook()
            let writer = try Writer(configuration("home"), to: notebook)
            let log = Task { await lines(of: writer.events) }
            let report = await writer.drain(givingUpAfter: .seconds(30))
            print(report.isDrained, report.status.delivers, report.status.isReachable, notebook.pageCount > 0)
            print(report.status.lastError ?? "no error")
            tell(await writer.close(within: .seconds(10)))
            for line in await log.value { print(line) }
        }

        func lines(of events: AsyncStream<Event>) async -> [String] {
            var lines: [String] = []
            for await event in events { lines.append((event.isWarning ? "! " : "  ") + words(event)) }
            return lines.count < Writer.eventsMax ? lines : []
        }

        func words(_ event: Event) -> String {
            switch event {
            case .deadLettered(let lines, let bucket, let reason): "\(lines) \(bucket) \(reason)"
            case .delivering(let lines): "\(lines), \(event.description)"
            case .held(let bucket, let text): "\(bucket?.name ?? "all") \(text)"
            case .released(let bucket): bucket?.name ?? "all"
            case .unreachable(let text), .hiddenPoints(let text), .note(let text): text
            case .reachable: "reachable"
            case .setAside(let lines, let bucket, let reason): "\(lines) \(bucket) \(reason)"
            case .dropped(let lines, let batches, let reason): "\(lines) \(batches) \(reason)"
            case .deadLettersDiscarded(let count): "\(count)"
            case .takenUp(let lines, let bucket), .removed(let lines, let bucket): "\(lines) \(bucket)"
            case .disk(let state): words(state)
            case .room(let isThere): isThere ? "room" : "no room"
            }
        }

        func refused() throws {
            let letters = DeadLetters(OutboxLayout(dataFolder: "\(Given.folder)/home", destination: "notebook"))
            let names = try letters.names()
            var told: [String] = []
            for name in names {
                guard let letter = try letters.read(name) else { continue }
                let copy = DeadLetter(
                    reason: letter.reason, answer: letter.answer, time: letter.time, bucket: letter.bucket,
                    precision: letter.precision, content: letter.content)
                let isSame = copy == letter && DeadLetter(text: letter.text) == letter
                let body = try letters.body(of: letter)
                told.append("\(letter.reason) | \(letter.answer) | \(words(letter.content)) | \(letter.lines)")
                if !isSame || body != nil { told.append("a letter is not what it was") }
                let isNamed = DeadLetterName(parsing: name.description) == name && name.line > 0
                let isThere = letters.path(of: name) == "\(letters.folder)/\(name.batchID)-\(name.line)"
                if !isNamed || !isThere { told.append("a name is wrong") }
                try letters.remove(name)
            }
            for text in told.sorted() { print(text) }
            print(names == names.sorted(), try letters.names().count, DeadLetter.textBytesMax)
        }

        func words(_ content: DeadLetter.Content) -> String {
            switch content {
            case .line(let bytes): String(decoding: bytes, as: UTF8.self)
            case .batch(let fileName, let lines): "\(lines) in \(fileName)"
            }
        }

        // MARK: A full outbox

        func full(_ name: String, _ policy: OutboxCapacity.WhenFull) async throws {
            var configuration = configuration(name)
            configuration.limits = Batcher.Limits()
            configuration.sync = policy == .dropNewest ? .everyBatch : SyncPolicy.none
            var capacity = OutboxCapacity()
            capacity.freeBytesMin = 0
            capacity.bytesMax = 150
            capacity.whenFull = policy
            configuration.capacity = capacity
            let writer = try Writer(configuration, to: Locked())
            _ = try await writer.write(Given.readings(0..<3), to: Given.bucket)
            tell(await writer.drain(givingUpAfter: .seconds(30)))
            do throws(WriteError) {
                _ = try await writer.write(Given.readings(3..<6), to: Given.bucket)
            } catch {
                tell(error)
            }
            tell((await writer.close(within: .zero)).status.own)
        }

        // MARK: What is wrong is told

        func wrong() async throws {
            do throws(WriteError) {
                var configuration = configuration("wrong")
                configuration.destination = "Not A Name"
                _ = try Writer(configuration, to: Locked())
            } catch {
                tell(error)
            }
            let writer = try Writer(configuration("wrong"), to: Locked())
            do { _ = try await writer.write([], to: Bucket("")) } catch { tell(error) }
            _ = await writer.close(within: .zero)
            let errors: [OutboxError] = [
                .noRoom(.batch, wait: nil), .diskFull(path: "p", reason: "r"), .readOnly(path: "p", reason: "r"),
                .failed(path: "p", reason: "r"), .bucket("b"), .notOwner, .pieces("id"),
            ]
            for error in errors { print(error.description) }
            let missing: [Reply.Missing] = [.bucket, .organization, .database, .path, .unknown]
            let replies: [Reply] = [
                .acknowledged, .rejected(lines: [], message: ""),
                .partial(refused: [], count: RefusedCount(lines: 1, isAtLeast: true), message: ""), .unauthorized(""),
                .forbidden(""), .tooLarge(""), .limited(""), .overloaded(after: nil, ""), .unavailable(""), .failed(""),
                .unproved(""), .unexpected(status: 0, ""),
            ] + missing.map { Reply.notFound($0, "") }
            print(replies.count, RejectedLine.excerpt(of: "a\u{7}".utf8), RejectedLine.excerptBytesMax)
            if case .partial(_, let count, _) = replies[2] { print(count.lines, count.isAtLeast) }
            print(Status().own == Account(), Account().addsUp)
        }

        try await down()
        try look()
        try await up()
        try refused()
        try await full("block", .block(for: .milliseconds(50)))
        try await full("oldest", .dropOldest)
        try await full("newest", .dropNewest)
        try await wrong()

        """#

    /// What it prints.
    static let surfaceOutput = """
        7 6 1 1 influx1
        5 weather point: has no field with a finite value
        6 1 0 false
        1 0
        7 accepted
        false false 0 4 true
        7 = 6 + 1 true true
        7 = 6 + 1 true true
        [0, 0, 0, 0] true true false
        oldest 1760000000
        closed 0 0 true
        4 6 true false
        1760000000
        home true
        home 6 true
        true notebook
        true
        a/b false 200
        true true true true
        1 line is at fault
        true true 0 0 true
        0 = 0 + 0 true true
        6 = 0 + 6 true true
        [0, 0, 0, 0] true false false
          6, delivering, beginning with 6 lines
        ! 1 home the page is torn
        not sent: field "temperature" of measurement "weather" is float, and the point has it as boolean |  | weather temperature=t 1760000000 | 1
        the page is torn | 1 line is at fault | weather,station=Lyon temperature=0 1760000000 | 1
        true 0 4096
        false false 0 1 true
        3 = 3 + 0 true true
        3 = 3 + 0 true true
        [0, 0, 0, 0] true true false
        oldest 1760000000
        home locked true
        too many wait 3 3 true
        3 = 3 + 0 true true
        false false 0 1 true
        3 = 3 + 0 true true
        3 = 3 + 0 true true
        [0, 0, 0, 0] true true false
        oldest 1760000000
        home locked true
        6 = 3 + 3 true true
        false false 0 1 true
        3 = 3 + 0 true true
        3 = 3 + 0 true true
        [0, 0, 0, 0] true true false
        oldest 1760000000
        home locked true
        6 = 3 + 3 true true
        a destination's name has 1 to 32 of a-z, 0-9, _ and -: Not A Name 0 0 true
        bucket  0 0 true
        a batch is bigger than everything that may wait in the outbox
        the outbox cannot be used: p: r
        the outbox cannot be used: p: r
        the outbox cannot be used: p: r
        the bucket's name is empty or too long for a folder: b
        another process delivers from this outbox
        the pieces of batch id do not add up to it
        17 a· 200
        1 true
        true true

        """
}
