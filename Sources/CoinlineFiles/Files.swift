import Glibc

/// Small operations on files and folders, each synchronous: to be called from a thread that may wait for a disk.
public enum Files {
    private static let chunkBytes = 64 << 10

    /// The whole content. More than `bytesMax` bytes are an error (`EFBIG`), found without reading much further.
    public static func read(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        let file = try Descriptor(opening: path, flags: O_RDONLY | O_NOCTTY)
        var bytes: [UInt8] = []
        while bytes.count <= bytesMax {
            // One byte more than allowed tells a file that is too big from one that just fits.
            let left = bytesMax - bytes.count
            let count = try file.read(left < chunkBytes ? left + 1 : chunkBytes, to: &bytes)
            if count == 0 { return bytes }
        }
        throw FileError(operation: "read", path: path, code: EFBIG)
    }

    /// Whether something is there under this name, and can be seen. A link counts as what it leads to.
    public static func exists(_ path: String) -> Bool {
        unsafe !path.utf8.contains(0) && access(path, F_OK) == 0
    }

    /// Removes a file or a link, not a folder. That it is not there is fine.
    public static func remove(_ path: String) throws(FileError) {
        try checkPath(path, for: "remove")
        do {
            _ = try retrying("remove", path) { unsafe unlink(path) }
        } catch let error where error.code == ENOENT {
            return
        }
    }

    /// Gives a file another name, in the place of what has it. Neither name is synced: see ``syncFolder(_:)``.
    public static func rename(_ path: String, to other: String) throws(FileError) {
        try checkPath(path, for: "rename")
        try checkPath(other, for: "rename")
        _ = try retrying("rename", path) { unsafe Glibc.rename(path, other) }
    }

    /// Takes a file's content away, which needs no room and gives its own back.
    public static func empty(_ path: String) throws(FileError) {
        try checkPath(path, for: "empty")
        _ = try retrying("empty", path) { unsafe truncate(path, 0) }
    }

    /// Returns when the content of a file that was written unsynced is on the disk. After an error nothing is known
    /// about it.
    public static func sync(_ path: String) throws(FileError) {
        try Descriptor(opening: path, flags: O_RDONLY | O_NOCTTY).sync()
    }

    /// What this user can still write on the file system of `path`.
    public static func freeBytes(at path: String) throws(FileError) -> UInt64 {
        try checkPath(path, for: "look at")
        var status = statvfs()
        _ = try retrying("look at", path) { unsafe statvfs(path, &status) }
        let (bytes, isOverflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return isOverflow ? .max : bytes
    }
}
