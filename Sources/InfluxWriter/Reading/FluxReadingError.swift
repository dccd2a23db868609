/// Why an answer to a Flux query could not be read to its end.
public enum FluxReadingError: Error, Equatable, CustomStringConvertible {
    /// The server says that the query failed, after it had begun to answer. The texts are its own, as they came.
    case server(message: String, reference: String)
    /// What came is not annotated CSV, or not what its annotations say.
    case malformed(line: Int, reason: String)

    /// What the server said, or the line and what is wrong there.
    public var description: String {
        switch self {
        case .server(let message, let reference): reference.isEmpty ? message : "\(message) (\(reference))"
        case .malformed(let line, let reason): "line \(line): \(reason)"
        }
    }
}
