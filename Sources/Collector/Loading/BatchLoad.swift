import CoinlineBase
import CoinlineCompression
import CoinlineFiles
public import InfluxWriter

/// Sends a batch file of this data folder's outbox as it is, and deletes it once everything in it is acknowledged.
///
/// Only times in a unit that the destination cannot be given are rewritten on the way; the file is not.
public struct BatchLoad: Sendable {
    /// As the user names it.
    public let path: String
    /// The bucket that the batch was made for, whatever the settings name.
    public let bucket: Bucket
    private let batchName: BatchName
    private let kept: KeptBatches

    /// Nil where the file is none of this outbox.
    ///
    /// - Parameters:
    ///   - path: as the user names it.
    ///   - resolved: the same, absolute and without links, as is `dataFolder`.
    public init?(path: String, resolved: String, dataFolder: String, destination: String) {
        let kept = KeptBatches(dataFolder: dataFolder, destination: destination)
        guard let place = kept.locate(resolved) else { return nil }
        self.path = path
        bucket = place.bucket
        batchName = place.name
        self.kept = kept
    }

    /// - Parameter configuration: its target is this batch's bucket.
    public func run(_ configuration: Landing.Configuration, origin: Origin) async -> FileLoad.Outcome {
        var outcome = FileLoad.Outcome()
        guard let stored = read(&outcome), let batch = prepared(stored, configuration, &outcome) else {
            outcome.isUnread = true
            return outcome
        }
        do throws(OriginError) {
            try await OriginKeeper(target: configuration.target, dataFolder: configuration.dataFolder).claim(origin)
        } catch {
            outcome.note(error)
            return outcome
        }
        await send(batch, configuration, &outcome)
        return outcome
    }

    private func read(_ outcome: inout FileLoad.Outcome) -> BatchFile? {
        do throws(KeptBatchError) { return try kept.read(batchName, in: bucket) } catch {
            // Whoever loads all files of a folder meets those that another command has sent meanwhile.
            let isGone = !Files.exists(kept.path(of: batchName, in: bucket))
            outcome.problems.append(isGone ? FileLoad.goneText(path) : error.reason)
            return nil
        }
    }

    /// The batch as the destination takes it; nil for a file that is torn or not what its name says: its answer would look
    /// like the server's fault, or count lines that are not there.
    private func prepared(
        _ batch: BatchFile, _ configuration: Landing.Configuration, _ outcome: inout FileLoad.Outcome
    ) -> BatchFile? {
        do {
            let text = try batch.lineProtocol()
            try batch.checkLines(in: text)
            guard configuration.target.batchPrecision(for: batch.precision) != batch.precision else { return batch }
            return try batch.inNanoseconds(text, gzipLevel: configuration.gzipLevel)
        } catch {
            outcome.problems.append("\(path) is damaged (\(error)); it stays where it is")
            return nil
        }
    }

    /// What became of the lines that were not refused, as far as is known.
    private static func stored(of lines: Int, refused: RefusedCount) -> String {
        if refused.lines >= lines { return "none is stored" }
        if !refused.isAtLeast { return "the others are stored, so it can be deleted" }
        return "at least \(refused.lines) of its \(lines) lines were refused, and which of the others is not known"
    }

    private func send(
        _ batch: BatchFile, _ configuration: Landing.Configuration, _ outcome: inout FileLoad.Outcome
    ) async {
        outcome.landing.offered = batch.lines
        switch await Delivery(configuration: configuration).send(batch) {
        case .landed(let refused, let count, let message):
            outcome.landing.note(landed: batch.lines, refused: count)
            outcome.refusals = refused.prefix(RunSummary.Limit.refusalsShown).map {
                RefusalText.text($0.line, $0.reason)
            }
            guard count.lines == 0 else {
                outcome.problems.append(
                    "\(path) stays where it is, because lines of it were refused: \(message ?? "see above"); "
                        + Self.stored(of: batch.lines, refused: count))
                return
            }
            do throws(KeptBatchError) { try kept.remove(batchName, in: bucket) } catch {
                outcome.problems.append("everything landed, but \(error)")
            }
        case .failed(let reason, let isFinal):
            outcome.isBlocked = isFinal
            outcome.landing.kept = batch.lines
            outcome.problems.append("\(path) stays where it is: \(reason)")
        }
    }
}
