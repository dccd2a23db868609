import CoinlineBase
public import InfluxWriter

/// Sends what waits for one destination, for a command that waits for it.
public struct Sending: Sendable {
    private enum Limit {
        /// How long nothing may change before the rest is left for later.
        static let patience = Duration.seconds(10)
        static let lookEvery = Duration.milliseconds(100)
    }

    public let target: Target
    public let writer: Writer
    let layout: OutboxLayout
    /// What was refused before.
    let letters: Set<DeadLetterName>
    private let timing: Timing

    /// Begins to send at once.
    public init(_ target: Target, _ configuration: Landing.Configuration) throws {
        self.target = target
        timing = configuration.timing
        layout = OutboxLayout(dataFolder: configuration.dataFolder, destination: target.name)
        letters = Set(try DeadLetters(layout).names())
        writer = try Writer(
            configuration.ofWriter(target, text: .refuse),
            to: target.deliverable(gzipLevel: configuration.gzipLevel), timing: timing, random: configuration.random)
    }

    /// How many batches wait still.
    public var batches: Int { writer.status.pendingBatches }

    /// Returns once nothing waits any more, or waiting is of no use. Closes the writer.
    public func finish() async throws(OutboxError) -> SendingReport {
        let delivers = await untilSent()
        return try SendingReport(self, await writer.close(within: .zero).status, isByOther: !delivers)
    }

    /// Waits for another process, too, where that one sends, and takes its place when it ends. Says whether this one
    /// sends in the end.
    private func untilSent() async -> Bool {
        var seen = -1
        var since = timing.uptime()
        while true {
            let delivers = writer.status.delivers
            let status = await writer.drain(givingUpAfter: Limit.patience).status
            if delivers || status.pendingBatches == 0 || Task.isCancelled { return status.delivers }
            if status.pendingBatches != seen { (seen, since) = (status.pendingBatches, timing.uptime()) }
            guard timing.uptime() - since < Limit.patience else { return false }
            do { try await timing.sleep(Limit.lookEvery) } catch { return false }
        }
    }
}
