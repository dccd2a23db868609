import Glibc

/// A lock that one process at a time can have, and that ends with it however it ends: `flock` on a file.
///
/// The file stays, empty; removing it would let two processes lock two files of one name. Held as long as this object
/// lives, so keep it in a stored property, or under `withExtendedLifetime`.
public final class FileLock: Sendable {
    public let path: String
    let file: Descriptor

    private init(_ file: consuming Descriptor) {
        path = file.path
        self.file = file
    }

    deinit {
        // Closing would do, but for a process that is being started in this moment: until it runs its own program it
        // has a copy of every open file, and a lock ends with the last one.
        flock(file.number, LOCK_UN)
    }

    /// Takes the lock, making the file if need be; nil when another process, or another object of this one, has it.
    public static func tryLock(_ path: String) throws(FileError) -> FileLock? {
        // A file that is removed and made anew between opening and locking it costs another turn; more than a few in a
        // row is no accident.
        for _ in 0..<16 {
            let file = try Descriptor(opening: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            do {
                _ = try retrying("lock", path) { flock(file.number, LOCK_EX | LOCK_NB) }
            } catch let error where error.code == EWOULDBLOCK {
                return nil
            }
            if try file.identity() == FileIdentity(of: path) { return FileLock(file) }
        }
        throw FileError(operation: "lock", path: path, code: ESTALE)
    }
}
