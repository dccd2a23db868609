import CoinlineFiles

/// Only the process that delivers learns and saves; the others, and the next one to deliver, read what it saved.
extension WriterCore {
    /// A process that does not deliver looks as often as for its batches.
    func lookAtSavedTypes() async {
        _ = await takeSavedTypes(ifYoungerThan: .seconds(5))
    }

    /// Begins to learn, with all that others learned meanwhile. A file that cannot be read is never written over.
    func takeOverSavedTypes() async {
        savesTypes = await takeSavedTypes()
        guard !savesTypes else { return }
        tell(.note("\(outbox.layout.schemaPath) cannot be read: types that are learned are not kept until it can"))
    }

    /// Where it could not be read until now: what was learned since comes to what is there.
    func joinSavedTypes() async {
        do {
            if let saved = try await outbox.fieldTypes(ifYoungerThan: nil) { types.withLock { $0.learn(saved) } }
            savesTypes = true
        } catch {
            // It is tried again with the next save.
        }
    }

    /// False where they cannot be read.
    private func takeSavedTypes(ifYoungerThan age: Duration? = nil) async -> Bool {
        do {
            guard let saved = try await outbox.fieldTypes(ifYoungerThan: age) else { return true }
            savedTypes = types.withLock { types in
                types.takeOver(saved)
                return types.types.revision
            }
            return true
        } catch {
            // What is known stands.
            return false
        }
    }
}

extension Outbox {
    /// What is saved; nil where nothing is, or nothing was for so long.
    fileprivate func fieldTypes(ifYoungerThan age: Duration?) throws -> FieldTypes? {
        guard let facts = try Files.facts(of: layout.schemaPath), age.map({ facts.age < $0 }) ?? true else {
            return nil
        }
        return try savedTypes().map { try FieldTypes(json: $0) }
    }
}
