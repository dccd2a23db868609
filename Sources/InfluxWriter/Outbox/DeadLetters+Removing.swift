import CoinlineFiles

extension DeadLetters {
    /// Removes many letters that were dealt with, and what lies beside them, in one step for the disk.
    public func remove(_ names: [DeadLetterName]) throws(OutboxError) {
        do throws(FileError) {
            for name in names { try delete(name) }
            if Files.exists(folder) { try Files.syncFolder(folder) }
        } catch {
            throw OutboxError(error)
        }
    }
}
