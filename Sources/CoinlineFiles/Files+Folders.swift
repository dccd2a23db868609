import Glibc

extension Files {
    /// Makes the folder and those above it that are missing, and syncs each folder in which it made one. That it is
    /// there is fine.
    ///
    /// - Parameter mode: the rights of every folder that is made, less the process's umask.
    public static func makeFolders(_ path: String, mode: UInt32 = 0o700) throws(FileError) {
        try checkPath(path, for: "make folder")
        var parent = path.hasPrefix("/") ? "/" : "."
        var current = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            current += current.isEmpty || current.hasSuffix("/") ? String(name) : "/" + name
            if try makeFolder(current, mode: mode) { try syncFolder(parent) }
            parent = current
        }
    }

    /// Whether it was made; false when it was there.
    private static func makeFolder(_ path: String, mode: UInt32) throws(FileError) -> Bool {
        do {
            _ = try retrying("make folder", path) { unsafe mkdir(path, mode) }
            return true
        } catch {
            // Besides EEXIST: on the way down, a file system may say that nothing can be made here although it is
            // there.
            if isFolder(path) { return false }
            throw error.code == EEXIST ? FileError(operation: error.operation, path: path, code: ENOTDIR) : error
        }
    }

    /// The names in a folder, sorted by their bytes, without `.` and `..`.
    ///
    /// A name that is not UTF-8 is left out: nothing here makes one, and its repaired form would name another file.
    public static func names(in folder: String) throws(FileError) -> [String] {
        var names: [String] = []
        try forEachEntry(in: folder) { name, _ in names.append(name) }
        return names.sorted { left, right in left.utf8.lexicographicallyPrecedes(right.utf8) }
    }

    /// Calls with every name in a folder and what it stands for, in no order, holding one at a time: for folders of any
    /// size. Names as in ``names(in:)``. What is added or removed meanwhile may be among them or not.
    public static func forEachEntry(
        in folder: String, _ take: (_ name: String, _ kind: FileKind) throws(FileError) -> Void
    ) throws(FileError) {
        try checkPath(folder, for: "list")
        guard let stream = unsafe opendir(folder) else {
            throw FileError(operation: "list", path: folder, code: errno)
        }
        defer { unsafe closedir(stream) }
        while true {
            // The end and an error both come as nil; only an error sets the code.
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            // Read at once: the entry lives until the next call.
            let kind = unsafe entry.pointee.d_type
            guard let name = unsafe name(of: entry), name != ".", name != ".." else { continue }
            if let known = FileKind(directoryType: Int(kind)) {
                try take(name, known)
            } else if let facts = try facts(of: DurableFile.join(folder, name)) {
                try take(name, facts.kind)
            }
        }
        guard errno == 0 else { throw FileError(operation: "list", path: folder, code: errno) }
    }

    /// The entry belongs to the stream and lives until its next call; the name is copied.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
            unsafe tuple.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { text in
                unsafe String(validatingCString: text)
            }
        }
    }

    /// Returns when the names in a folder are on the disk: those made, renamed and removed before the call.
    public static func syncFolder(_ path: String) throws(FileError) {
        try Descriptor(opening: path, flags: O_RDONLY | O_DIRECTORY).syncFolder()
    }

    /// Whether `folder` is a folder in which this process may make files. Says nothing about free space.
    public static func isWritable(folder: String) -> Bool {
        unsafe isFolder(folder) && access(folder, W_OK | X_OK) == 0
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        guard !path.utf8.contains(0), unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }
}
