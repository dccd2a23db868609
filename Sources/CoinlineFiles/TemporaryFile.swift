import Glibc

/// A new file under a name that no reader looks at, locked as long as it is open.
///
/// The lock (`flock`) dies with the process, so it tells whoever sweeps a folder which temporaries somebody still works
/// on; no process numbers or times are needed, which would say nothing across containers or after a jump of the clock.
struct TemporaryFile: ~Copyable {
    let path: String
    let file: Descriptor

    /// A sweeper that comes between opening and locking costs another turn; more than a few in a row is no accident.
    private static let attemptsMax = 16

    /// - Parameter mode: the rights of the file, less the process's umask.
    init(in folder: String, mode: UInt32) throws(FileError) {
        for _ in 0..<Self.attemptsMax {
            let path = DurableFile.join(folder, DurableFile.temporaryPrefix + DurableFile.randomText())
            // Not through a link, and not into a file that somebody else laid there.
            let file = try Descriptor(opening: path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
            if try file.claim() {
                self.init(path: path, file: file)
                return
            }
        }
        throw FileError(operation: "lock", path: folder, code: ESTALE)
    }

    private init(path: String, file: consuming Descriptor) {
        self.path = path
        self.file = file
    }

    /// Gives it all its content; removes it when that fails.
    borrowing func fill(_ bytes: [UInt8], isSynced: Bool) throws(FileError) {
        do {
            try file.write(bytes)
            KillPoint.pass("after-write")
            if isSynced { try file.sync() }
            KillPoint.pass("after-sync")
        } catch {
            unsafe unlink(path)
            throw error
        }
    }
}

extension Descriptor {
    /// Locks the file; false when a sweeper was there first and has it, or has removed it.
    func claim() throws(FileError) -> Bool {
        do {
            _ = try retrying("lock", path) { flock(number, LOCK_EX | LOCK_NB) }
        } catch let error where error.code == EWOULDBLOCK {
            return false
        } catch {
            // A file system without locks: nobody can sweep there, so nothing needs to be kept from it.
            return true
        }
        var status = stat()
        _ = try retrying("look at", path) { unsafe fstat(number, &status) }
        return status.st_nlink > 0
    }
}

extension DurableFile {
    /// Removes what a dead process left of a file that it was writing, and says whether it did; false where a living
    /// process works on it, or it is gone by now, or the file system has no locks to tell.
    ///
    /// - Parameter name: of an ordinary file in `folder` that begins with ``temporaryPrefix``.
    public static func sweepTemporary(_ name: String, in folder: String) throws(FileError) -> Bool {
        precondition(name.hasPrefix(temporaryPrefix), "only temporaries are swept")
        let path = join(folder, name)
        do {
            // Without waiting, should somebody have laid a pipe there.
            let file = try Descriptor(opening: path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { return false }
            // Locked only now: since the opening it may have got its real name, and this one is free then.
            guard try file.identity() == FileIdentity(of: path) else { return false }
            try Files.remove(path)
            return true
        } catch let error where error.isMissing {
            return false
        }
    }

    /// Removes everything that dead processes left half-written in a folder; one that is not there has nothing.
    public static func sweepTemporaries(in folder: String) throws(FileError) {
        guard Files.exists(folder) else { return }
        for name in try Files.names(in: folder) where name.hasPrefix(temporaryPrefix) {
            _ = try sweepTemporary(name, in: folder)
        }
    }
}
