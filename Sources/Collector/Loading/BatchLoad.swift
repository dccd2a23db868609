import CoinlineBase
import CoinlineCompression
import CoinlineFiles
public import InfluxWriter

/// Sends a batch file of this data folder's outbox as it is, and deletes it once everything in it is acknowledged.
public struct BatchLoad: Sendable {
    public let path: String
    public let bucket: Bucket
    public let batchName: BatchName
    private let kept: KeptBatches

    /// Nil where the file is none of this outbox. Both paths are absolute.
    public init?(path: String, dataFolder: String, destination: String) {
        let kept = KeptBatches(dataFolder: dataFolder, destination: destination)
        guard let place = kept.locate(path) else { return nil }
        self.path = path
        bucket = place.bucket
        batchName = place.name
        self.kept = kept
    }

    public func run(_ configuration: Landing.Configuration) async -> FileLoad.Outcome {
        var outcome = FileLoad.Outcome()
        do throws(KeptBatchError) {
            let batch = try kept.read(batchName, in: bucket)
            // A torn file would be answered with an error that looks like the server's.
            do throws(CompressionError) { _ = try batch.lineProtocol() } catch {
                outcome.problems.append("\(path) is damaged (\(error)); it stays where it is")
                return outcome
            }
            await send(batch, configuration, &outcome)
        } catch {
            outcome.problems.append(error.description)
        }
        return outcome
    }

    private func send(
        _ batch: BatchFile, _ configuration: Landing.Configuration, _ outcome: inout FileLoad.Outcome
    ) async {
        outcome.landing.offered = batch.lines
        let reply = await configuration.target.destination.deliver([batch], to: bucket)
        switch DeliveryDecision.step(after: reply, attempt: DeliveryDecision.Limit.attemptsMax, random: 0) {
        case .landed(let refused, let atLeast, let message):
            let refusedCount = min(atLeast, batch.lines)
            outcome.landing.acknowledged = batch.lines - refusedCount
            outcome.landing.refused = refusedCount
            outcome.refusals = refused.prefix(RunSummary.Limit.refusalsShown).map { "\($0.line): \($0.reason)" }
            guard refusedCount == 0 else {
                outcome.problems.append("\(path): \(message ?? "lines were refused"); the file stays where it is")
                return
            }
            do throws(KeptBatchError) { try kept.remove(batchName, in: bucket) } catch {
                outcome.problems.append("everything landed, but \(error)")
            }
        case .keep(let reason, _):
            outcome.landing.kept = batch.lines
            outcome.problems.append("\(path) stays where it is: \(reason)")
        case .retry:
            preconditionFailure("the last attempt is never followed by another")
        }
    }
}
