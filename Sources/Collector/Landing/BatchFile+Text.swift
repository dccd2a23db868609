import CoinlineCompression
import InfluxWriter

extension BatchFile {
    /// A batch of ours holds at most 4 MiB; another writer's may hold more, but not without end.
    private static let textBytesMax = 256 << 20

    /// The line protocol inside. Throws where the gzip is damaged.
    func lineProtocol() throws(CompressionError) -> [UInt8] {
        try Gunzip.decompress(body, outputBytesMax: Self.textBytesMax)
    }
}
