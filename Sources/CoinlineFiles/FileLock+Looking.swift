import Glibc

extension FileLock {
    /// Whether somebody holds the lock at this moment. Makes no file, and needs only the right to read it.
    ///
    /// For a moment it is held here, too, shared with others who look: whoever tries to take it just then fails once.
    public static func isHeld(_ path: String) throws(FileError) -> Bool {
        do {
            let file = try Descriptor(opening: path, flags: O_RDONLY | O_NOFOLLOW | O_NOCTTY)
            _ = try retrying("lock", path) { flock(file.number, LOCK_SH | LOCK_NB) }
            flock(file.number, LOCK_UN)
            return false
        } catch let error where error.isMissing {
            return false
        } catch let error where error.code == EWOULDBLOCK {
            return true
        }
    }
}
