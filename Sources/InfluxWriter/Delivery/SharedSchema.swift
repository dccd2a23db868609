import CoinlineBase

/// What is known of the fields, for whoever writes and whoever learns from answers.
final class SharedSchema: Sendable {
    private let schema: Locked<SchemaGuard>

    init(_ schema: SchemaGuard = SchemaGuard()) {
        self.schema = Locked(schema)
    }

    func withLock<Result: Sendable>(_ body: (inout SchemaGuard) -> Result) -> Result {
        schema.withLock { body(&$0) }
    }
}
