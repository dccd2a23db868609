import CoinlineFiles
import InfluxWriter

/// What became of batches of the own outbox: of all of them by one look at each bucket's folder and at the dead letters.
public struct BatchFates: Sendable {
    /// Of a batch and what came out of it.
    struct Fate: Sendable {
        /// Lines that wait.
        var pending = 0
        var pendingReason = ""
        /// Lines that a policy dropped.
        var dropped = 0
        var droppedReason = ""
        var deadLettered = 0
        var letters = 0
        /// The first of them.
        var letter: DeadLetter?
        /// Dead letters went, so that what is nowhere need not have been acknowledged.
        var isUncertain = false
    }

    /// A bucket of a destination.
    private struct Place: Hashable {
        let layout: OutboxLayout
        let bucket: Bucket

        init(_ batch: BatchLoad) { (layout, bucket) = (batch.layout, batch.bucket) }
    }

    /// By the id of the batch.
    private typealias Fates = [String: Fate]
    private var found: [Place: Result<Fates, OutboxError>] = [:]

    /// To be looked at when everything is sent that could be.
    public init(of batches: [BatchLoad], _ landing: Landing) async {
        for (place, batches) in Dictionary(grouping: batches, by: Place.init) {
            let destination = place.layout.destination
            var fate = Fate()
            fate.pendingReason = await landing.pendingReason(of: destination, in: place.bucket)
            fate.droppedReason = await landing.droppedReason(of: destination)
            fate.isUncertain = await landing.discardedLetters(of: destination) > 0
            let fates = Dictionary(batches.map { ($0.name.id, fate) }) { first, _ in first }
            found[place] = Self.look(at: place, fates)
        }
    }

    func fate(of batch: BatchLoad) -> Result<Fate, OutboxError> {
        (found[Place(batch)] ?? .success([:])).map { $0[batch.name.id] ?? Fate() }
    }

    /// First at the folder: dead letters are written before a batch goes.
    private static func look(at place: Place, _ fates: Fates) -> Result<Fates, OutboxError> {
        var fates = fates
        do throws(FileError) { try lookInFolder(at: place, &fates) } catch {
            return .failure(.failed(path: error.path, reason: "cannot \(error.operation): \(error.reason)"))
        }
        do throws(OutboxError) { try lookAtLetters(of: place, &fates) } catch { return .failure(error) }
        return .success(fates)
    }

    private static let droppedEnding = ".dropped"

    private static func lookInFolder(at place: Place, _ fates: inout Fates) throws(FileError) {
        for file in try Files.names(in: place.layout.folder(of: place.bucket)) {
            let isDropped = file.hasSuffix(droppedEnding)
            let name = BatchName(parsing: isDropped ? String(file.dropLast(droppedEnding.utf8.count)) : file)
            guard let name else { continue }
            for id in origins(of: name.id) {
                if isDropped { fates[id]?.dropped += name.lines } else { fates[id]?.pending += name.lines }
            }
        }
    }

    private static func lookAtLetters(of place: Place, _ fates: inout Fates) throws(OutboxError) {
        let letters = DeadLetters(place.layout)
        for name in try letters.names() {
            for id in origins(of: name.batchID) {
                guard var fate = fates[id] else { continue }
                fate.letters += 1
                if name.line > 0, fate.letter != nil {
                    fate.deadLettered += 1
                } else if let letter = try letters.read(name) {
                    // How many lines a whole batch had, only its letter says.
                    fate.deadLettered += letter.lines
                    fate.letter = fate.letter ?? letter
                }
                fates[id] = fate
            }
        }
    }

    /// The id itself, and those of the batches that it came out of: `a.1.2`, `a` and `a.1`.
    private static func origins(of id: String) -> [String] {
        [id] + id.indices.filter { id[$0] == "." }.map { String(id[..<$0]) }
    }
}
