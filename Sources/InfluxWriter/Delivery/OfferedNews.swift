/// The types of fields that batches bring for the first time, until they are acknowledged.
///
/// Bounded: of more batches or offers than that the oldest are forgotten, and their types are learned from later ones.
struct OfferedNews: Sendable {
    static let batchesMax = 1_000
    /// Of all batches together.
    static let offersMax = 100_000

    private var news: [BatchName: OfferedTypes] = [:]
    /// In the order in which they came, with those that are gone by now.
    private var order: [BatchName] = []
    private var writers: Set<UInt32>
    private var offers = 0

    /// - Parameter writer: one that tells what its batches bring, so that these need not be read.
    init(writer: UInt32?) {
        writers = writer.map { [$0] } ?? []
    }

    mutating func note(_ types: OfferedTypes, of batch: BatchName) {
        if writers.count < Self.batchesMax { writers.insert(batch.writer) }
        if take(batch) == nil { order.append(batch) }
        news[batch] = types
        offers += types.offers.count
        while news.count > Self.batchesMax || offers > Self.offersMax, !order.isEmpty { _ = take(order.removeFirst()) }
        if order.count > 2 * Self.batchesMax { order.removeAll { news[$0] == nil } }
    }

    mutating func take(_ batch: BatchName) -> OfferedTypes? {
        let types = news.removeValue(forKey: batch)
        offers -= types?.offers.count ?? 0
        return types
    }

    /// Whether what it holds was told, or there was nothing new in it. Pieces hold less than was told of the whole.
    func isTold(_ batch: BatchName) -> Bool {
        batch.pieces.isEmpty && writers.contains(batch.writer)
    }
}
