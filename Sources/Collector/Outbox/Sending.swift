import CoinlineBase
public import InfluxWriter

/// Sends what waits for one destination, for a command that waits for it.
public struct Sending: Sendable {
    private enum Limit {
        static let lookEvery = Duration.milliseconds(100)
    }

    public let target: Target
    public let writer: Writer
    /// Names what it is sent to.
    let label: String
    let layout: OutboxLayout
    /// What was refused before.
    let letters: Set<DeadLetterName>
    private let timing: Timing
    /// How long nothing may change before the rest is left for later.
    private let patience: Duration

    /// Begins to send at once.
    ///
    /// - Parameters:
    ///   - label: of the buckets for which something waits, where that is not the target's.
    ///   - guardsTypes: false for points that somebody sends all the same, about which the server decides.
    public init(
        _ target: Target, _ configuration: Landing.Configuration, label: String? = nil, guardsTypes: Bool = true
    ) throws {
        self.target = target
        self.label = label ?? target.label
        timing = configuration.timing
        patience = configuration.patience
        layout = OutboxLayout(dataFolder: configuration.dataFolder, destination: target.name)
        letters = Set(try DeadLetters(layout).names())
        var terms = configuration.ofWriter(target, text: .refuse)
        if !guardsTypes { (terms.guardsTypes, terms.fieldTypes) = (false, []) }
        writer = try Writer(
            terms, to: target.deliverable(gzipLevel: configuration.gzipLevel), timing: timing,
            random: configuration.random)
    }

    /// How many batches wait still.
    public var batches: Int { writer.status.pendingBatches }

    /// Returns once nothing waits any more, or waiting is of no use. Closes the writer.
    public func finish() async -> SendingReport {
        let delivers = await untilSent()
        let silence = delivers ? keepSilence() : nil
        return SendingReport(self, await writer.close(within: .zero).status, isOwner: delivers, silence: silence)
    }

    /// A server that takes a request and never answers it said nothing that could be told.
    private func keepSilence() -> String? {
        let status = writer.status
        guard status.pendingBatches > 0, status.lastError == nil, status.holds.isEmpty, !Task.isCancelled else {
            return nil
        }
        let message = "no answer from \(label) after \(patience.text)"
        LastError(time: Timestamp(nanoseconds: timing.now().nanoseconds), message: message).write(layout)
        return message
    }

    /// Waits for another process, too, where that one sends, and takes its place when it ends. Says whether this one
    /// sends in the end.
    private func untilSent() async -> Bool {
        var least = Int.max
        var since = timing.uptime()
        while true {
            let (delivers, began) = (writer.status.delivers, timing.uptime())
            let status = await writer.drain(givingUpAfter: patience).status
            // One that took its place on the way has waited as long as one that sent from the start.
            let hasWaited = status.delivers && timing.uptime() - began >= patience
            if delivers || hasWaited || status.pendingBatches == 0 || Task.isCancelled { return status.delivers }
            // Who adds more prolongs nothing.
            if status.pendingBatches < least { (least, since) = (status.pendingBatches, timing.uptime()) }
            guard timing.uptime() - since < patience else { return false }
            do { try await timing.sleep(Limit.lookEvery) } catch { return false }
        }
    }
}
