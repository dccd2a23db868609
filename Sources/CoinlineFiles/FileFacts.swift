import Glibc

/// What a name stands for. A link is `other`, whatever it leads to.
public enum FileKind: Sendable, Hashable {
    case file
    case folder
    case other

    /// Nil where the file system does not say in its listings.
    init?(directoryType: Int) {
        switch directoryType {
        case Int(DT_REG): self = .file
        case Int(DT_DIR): self = .folder
        case Int(DT_UNKNOWN): return nil
        default: self = .other
        }
    }

    init(mode: UInt32) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        default: self = .other
        }
    }
}

/// What the system knows about a file without opening it.
public struct FileFacts: Sendable, Hashable {
    public let kind: FileKind
    /// How long the content is; says nothing of use about a folder.
    public let bytes: Int
    /// How long ago the content was last changed, by the machine's own clock; negative when that was set back since.
    public let age: Duration
}

extension Files {
    /// Nil where nothing has this name. Of a link, not of what it leads to.
    public static func facts(of path: String) throws(FileError) -> FileFacts? {
        try checkPath(path, for: "look at")
        var status = stat()
        do {
            _ = try retrying("look at", path) { unsafe lstat(path, &status) }
        } catch let error where error.isMissing {
            return nil
        }
        return FileFacts(
            kind: FileKind(mode: status.st_mode), bytes: Int(status.st_size),
            age: .seconds(time(nil) - status.st_mtim.tv_sec))
    }
}
