import Glibc

/// Files that are whole or not there, whenever the power fails.
///
/// The order of the steps is the promise. The content goes into a temporary file of the same folder, which no reader
/// looks at, and is synced: only then does it get its name, since a rename may reach the disk before the content of the
/// file does. The folder is synced last, since a name that is not on the disk is a file that is not there. When a call
/// returns, the file survives a loss of power; when the process dies on the way, what was there before is still there,
/// and at most a temporary (`.tmp-…`) is left behind.
public enum DurableFile {
    /// What the names of temporaries begin with; `sweepTemporary` removes those that no living process works on.
    public static let temporaryPrefix = ".tmp-"

    /// What is on the disk when a write returns. Whatever it is, a file appears whole or not at all to other processes,
    /// and survives the death of this one.
    public enum Syncing: Sendable {
        /// Content and name: the file survives a loss of power.
        case everything
        /// The content. After `Files.syncFolder`, for many files at once, they survive a loss of power.
        case content
        /// Nothing: a loss of power soon after may take the file away, or leave it empty or torn.
        case nothing
    }

    /// Writes a file, in the place of an older one of that name.
    ///
    /// On an error the temporary is removed and the older file untouched; only where syncing the folder fails, the last
    /// step, is the new file in place, without a promise that it stays.
    ///
    /// - Parameters:
    ///   - name: a plain name, without a slash.
    ///   - mode: the rights of the file, less the process's umask.
    public static func write(
        _ bytes: [UInt8], to name: String, in folder: String, mode: UInt32 = 0o600, syncing: Syncing = .everything
    ) throws(FileError) {
        let path = try path(of: name, in: folder)
        let temporary = try TemporaryFile(in: folder, mode: mode)
        try temporary.fill(bytes, isSynced: syncing != .nothing)
        let from = temporary.path
        try giveName(path, to: from) { unsafe rename(from, path) }
        KillPoint.pass("after-rename")
        if syncing == .everything { try Files.syncFolder(folder) }
    }

    /// Makes a file with this content unless one of that name is there; of several callers at once exactly one gets
    /// true.
    ///
    /// Nobody ever sees it without its content, on file systems with hard links. After false, too, the file is synced
    /// under its name, whoever made it.
    ///
    /// - Parameters:
    ///   - name: a plain name, without a slash.
    ///   - mode: the rights of the file, less the process's umask.
    public static func create(
        _ bytes: [UInt8], named name: String, in folder: String, mode: UInt32 = 0o600
    ) throws(FileError) -> Bool {
        let path = try path(of: name, in: folder)
        var isMade = false
        if !Files.exists(path) {
            isMade = try claim(path, bytes, in: folder, mode: mode)
        }
        try Files.syncFolder(folder)
        return isMade
    }

    /// False when the name is taken. A second name and the removal of the first, since a plain rename would replace
    /// what is there.
    private static func claim(
        _ path: String, _ bytes: [UInt8], in folder: String, mode: UInt32
    ) throws(FileError) -> Bool {
        do {
            let temporary = try TemporaryFile(in: folder, mode: mode)
            try temporary.fill(bytes, isSynced: true)
            let from = temporary.path
            try giveName(path, to: from) { unsafe link(from, path) }
            try Files.remove(from)
            return true
        } catch let error where error.path == path && error.code == EEXIST {
            return false
        } catch let error where error.path == path && (error.code == EPERM || error.code == EOPNOTSUPP) {
            return try claimWithoutLinks(path, bytes, mode: mode)
        }
    }

    /// For file systems that know no second names (FAT, exFAT): there, a process that dies in this moment leaves a file
    /// with a part of the content.
    private static func claimWithoutLinks(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileError) -> Bool {
        do {
            try writeNew(bytes, at: path, mode: mode)
            return true
        } catch let error where error.code == EEXIST {
            return false
        }
    }

    /// A file that was not there, whole and synced, or none.
    private static func writeNew(_ bytes: [UInt8], at path: String, mode: UInt32) throws(FileError) {
        // Not through a link, and not into a file that somebody else laid there.
        let file = try Descriptor(opening: path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        do {
            try file.write(bytes)
            try file.sync()
        } catch {
            unsafe unlink(path)
            throw error
        }
    }

    /// Runs the call that gives the temporary its name, and removes it when that fails.
    static func giveName(_ path: String, to temporary: String, _ call: () -> Int32) throws(FileError) {
        do {
            _ = try retrying("write", path, call)
        } catch {
            unsafe unlink(temporary)
            throw error
        }
    }

    /// 64 random bits: two writers of a folder do not meet, and if they did, one would get `EEXIST` and no harm be
    /// done.
    static func randomText() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private static func path(of name: String, in folder: String) throws(FileError) -> String {
        let path = join(folder, name)
        let isPlain = !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
        guard isPlain else { throw FileError(operation: "write", path: path, code: EINVAL) }
        try checkPath(path, for: "write")
        return path
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
