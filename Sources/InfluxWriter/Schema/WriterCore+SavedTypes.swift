import CoinlineFiles

/// Only the process that delivers learns and saves; the others, and the next one to deliver, read what it saved.
extension WriterCore {
    /// A process that does not deliver looks as often as for its batches.
    func lookAtSavedTypes() async {
        _ = await takeSavedTypes(ifYoungerThan: .seconds(60))
    }

    /// Begins to learn, with all that others learned meanwhile. A file that cannot be read is never written over.
    func takeOverSavedTypes() async {
        savesTypes = await takeSavedTypes()
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
            // What is known stands, and the next process to start says what is wrong with the file.
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
