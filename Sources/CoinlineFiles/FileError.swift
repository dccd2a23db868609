import Glibc

/// What the system said no to: `cannot open /x/y: No space left on device`.
public struct FileError: Error, Hashable {
    /// What was tried, as a verb: open, read, write, sync, rename, remove, …
    public let operation: String
    public let path: String
    /// The system's `errno`.
    public let code: Int32

    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// The file, or a folder on the way to it, is not there.
    public var isMissing: Bool {
        code == ENOENT
    }

    /// The disk, or the share of it that this user may fill, is full.
    public var isFull: Bool {
        code == ENOSPC || code == EDQUOT
    }

    /// A file cannot be given a name on another file system.
    public var isAcrossFileSystems: Bool {
        code == EXDEV
    }

    /// There is more in the file than was asked for.
    public var isTooLarge: Bool {
        code == EFBIG
    }

    /// The rights of the file, of its folder or of the whole file system do not allow it.
    public var isForbidden: Bool {
        code == EACCES || code == EPERM || code == EROFS
    }
}

extension FileError: CustomStringConvertible {
    /// The system's own words: `No space left on device`.
    public var reason: String {
        // glibc keeps the text in a constant or per thread, until the next call there; it is copied at once.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    public var description: String {
        "cannot \(operation) \(path): \(reason)"
    }
}
