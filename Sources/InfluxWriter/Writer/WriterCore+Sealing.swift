import CoinlineBase
import LineProtocol

extension WriterCore {
    /// What a sealed batch takes in memory besides its lines.
    private static let batchOverhead = 1_024

    /// Puts lines, for which there is room, into the open batch of their lane.
    func put(_ portion: Portion, _ lane: Lane, _ call: Int) {
        // Later lines of a bucket must not overtake earlier ones that a timer holds.
        sealAll { $0.bucket == lane.bucket && $0 != lane && !$0.isAwaited }
        let limits = configuration.limits
        if let batch = open[lane],
            batch.chunk.lines + portion.chunk.lines > limits.linesMax
                || batch.chunk.bytes.count + portion.chunk.bytes.count > limits.bytesMax
        {
            seal(lane)
        }
        var batch = open.removeValue(forKey: lane) ?? newBatch(lane)
        batch.chunk.append(portion.chunk)
        if let news = portion.news { batch.news.add(news) }
        batch.calls[call, default: 0] += portion.chunk.lines
        open[lane] = batch
        if batch.chunk.lines >= limits.linesMax || waitingForRoom > 0 { seal(lane) }
    }

    private func newBatch(_ lane: Lane) -> OpenBatch {
        lastOpened += 1
        if !lane.isAwaited { sealLater(lane, lastOpened) }
        return OpenBatch(number: lastOpened)
    }

    /// Puts dead letters, for which there is room, into the queue.
    func put(_ letters: [DeadLetter], bytes: Int, _ lane: Lane, _ call: Int) {
        lastSealed += 1
        queue.append(
            SealedBatch(
                number: lastSealed, lane: lane, lines: letters.count, bytes: bytes, calls: [call: letters.count],
                since: timing.uptime(), content: .letters(letters)))
        startStoring()
    }

    /// Puts what lies open in a lane into the queue.
    func seal(_ lane: Lane) {
        guard let batch = open.removeValue(forKey: lane) else { return }
        lastSealed += 1
        bytesInMemory += Self.batchOverhead
        queue.append(
            SealedBatch(
                number: lastSealed, lane: lane, lines: batch.chunk.lines,
                bytes: batch.chunk.bytes.count + Self.batchOverhead, news: batch.news, calls: batch.calls,
                since: timing.uptime(), content: .lines(batch.chunk)))
        compressNext()
    }

    /// In the order in which they were begun.
    func sealAll(where isMeant: (Lane) -> Bool = { _ in true }) {
        let lanes = open.filter { isMeant($0.key) }.sorted { $0.value.number < $1.value.number }
        for (lane, _) in lanes { seal(lane) }
    }

    /// For a bucket whose folder takes nothing only what somebody waits for: the rest grows.
    func sealDue() {
        sealAll { (open[$0]?.isDue ?? false) && ($0.isAwaited || blocked[$0.bucket] == nil) }
    }

    /// What was enqueued does not lie open for long. Where others are on their way to the disk it goes when they are
    /// through, and where nothing gets there it grows, so that a disk that is full makes no thousands of batches.
    private func sealLater(_ lane: Lane, _ number: Int) {
        let (timing, wait) = (timing, configuration.sealAfter)
        Task { [weak self] in
            // Cancelled or not, it is sealed.
            try? await timing.sleep(wait)
            await self?.noteDue(lane, number)
        }
    }

    private func noteDue(_ lane: Lane, _ number: Int) {
        guard open[lane]?.number == number else { return }
        open[lane]?.isDue = true
        if isIdle { sealDue() }
    }

    // MARK: Compressing

    /// Two at a time, in their order.
    private func compressNext() {
        while let index = queue.firstIndex(where: \.content.isUncompressed), let compressor = compressors.popLast() {
            guard case .lines(let chunk) = queue[index].content else { return }
            let (number, precision) = (queue[index].number, queue[index].lane.precision)
            queue[index].content = .compressing
            Task.detached { await self.take(compressor.compress(chunk, precision), of: number, from: compressor) }
        }
    }

    private func take(_ compressed: CompressedBatch, of number: Int, from compressor: Compressor) {
        compressors.append(compressor)
        if let index = queue.firstIndex(where: { $0.number == number }) {
            queue[index].content = .compressed(compressed)
            let saved = queue[index].bytes - Self.batchOverhead - compressed.bytes
            queue[index].bytes -= saved
            release(saved)
        }
        memory.withLock { $0.overwrites += compressed.overwrites }
        compressNext()
        startStoring()
    }
}

extension WriterCore.SealedBatch.Content {
    fileprivate var isUncompressed: Bool { if case .lines = self { true } else { false } }

    /// Whether it can be stored.
    var isReady: Bool {
        switch self {
        case .compressed, .letters: true
        case .lines, .compressing: false
        }
    }
}

extension Portion {
    /// In memory, of the dead letters.
    var letterBytes: Int { letters.reduce(0) { $0 + $1.text.count } }
}
