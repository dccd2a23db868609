import CoinlineFiles

/// The mark of origin that lies beside a batch file: whose data the bucket's folder holds in which it lies, in this data
/// folder's outbox or in another's.
public struct BatchMark: Sendable {
    /// The file of the mark.
    public let path: String
    public let origin: Origin

    /// Nil where there is no mark.
    ///
    /// - Parameter batch: the path of the file, which need not be there any more.
    public init?(beside batch: String) throws(OriginError) {
        let mark = OriginMark(beside: batch)
        guard let origin = try mark.read() else { return nil }
        path = mark.path
        self.origin = origin
    }
}
