import Glibc

/// A durable file that is written piece by piece: for what is too long to be held in memory.
///
/// The promise is that of ``DurableFile``: the content goes into a temporary of the same folder, and only ``finish()``
/// syncs it and gives it its name, in the place of an older file. A writer that goes away before removes the temporary.
public struct DurableFileWriter: ~Copyable {
    /// What the file will be called.
    public let path: String
    private let folder: String
    private let temporary: TemporaryFile
    private var isFinished = false

    /// Makes the temporary, so a folder that cannot be written is told before there is any content. What is there under
    /// the name and is no ordinary file (a folder, a device, a pipe) is never replaced: `EISDIR` and `EINVAL`.
    ///
    /// - Parameters:
    ///   - path: in a folder that is there. A link is replaced, not what it leads to.
    ///   - mode: the rights of the file, less the process's umask.
    public init(path: String, mode: UInt32 = 0o600) throws(FileError) {
        try Self.check(path)
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        self.init(path: path, folder: folder, temporary: try Self.make(in: folder, for: path, mode: mode))
    }

    private init(path: String, folder: String, temporary: consuming TemporaryFile) {
        self.path = path
        self.folder = folder
        self.temporary = temporary
    }

    /// Errors name the file that was asked for.
    private static func make(in folder: String, for path: String, mode: UInt32) throws(FileError) -> TemporaryFile {
        do {
            return try TemporaryFile(in: folder, mode: mode)
        } catch {
            throw FileError(operation: "make", path: path, code: error.code)
        }
    }

    deinit {
        if !isFinished { unsafe unlink(temporary.path) }
    }

    /// Writes the next bytes. After an error the file cannot be finished.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        do { try temporary.file.write(bytes) } catch {
            throw FileError(operation: error.operation, path: path, code: error.code)
        }
    }

    /// Syncs the content and gives it its name; once. When it returns, the file survives a loss of power.
    public mutating func finish() throws(FileError) {
        precondition(!isFinished, "a file is finished once")
        do { try temporary.file.sync() } catch {
            throw FileError(operation: error.operation, path: path, code: error.code)
        }
        // From here on the temporary is gone in any case.
        isFinished = true
        let (from, to) = (temporary.path, path)
        try DurableFile.giveName(path, to: from) { unsafe rename(from, to) }
        try Files.syncFolder(folder)
    }

    private static func check(_ path: String) throws(FileError) {
        try checkPath(path, for: "write")
        guard !path.isEmpty else { throw FileError(operation: "write", path: path, code: ENOENT) }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            guard path.hasSuffix("/") else { return }
            throw FileError(operation: "write", path: path, code: EISDIR)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw FileError(operation: "write", path: path, code: EISDIR)
        default: throw FileError(operation: "replace", path: path, code: EINVAL)
        }
    }
}
