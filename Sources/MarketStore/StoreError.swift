/// Why the embedded store cannot do what was asked, with the file and what to do about it.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// A reader found no file.
        case missingFile
        /// The folder in which the file should be made is not there.
        case missingFolder
        /// File or folder may not be read or written by this user, or lie on a read-only file system.
        case notPermitted
        case notADatabase
        /// SQLite, but not made by this program.
        case foreignDatabase
        /// Made by another version; the number it carries.
        case unknownFormat(String)
        case damaged(String)
        case diskFull
        /// Another process held the lock for longer than ``EmbeddedStore/busyTimeout``.
        case busy
        /// The file was moved, replaced or deleted while it was open.
        case moved
        case closed
        /// The store holds data of the other origin.
        case otherOrigin(StoreOrigin)
        case unknownMeasurement(String)
        case unknownColumn(String, measurement: String)
        /// Anything else, in the words of SQLite or the system.
        case system(String)
    }

    /// The file of the store.
    public let path: String
    public let reason: Reason

    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "the store \(path) \(sentence)" }

    private var sentence: String {
        switch reason {
        case .missingFile: "does not exist: nothing was collected into it yet"
        case .missingFolder: "cannot be made: its folder does not exist"
        case .notPermitted: "cannot be opened or written: check owner and permissions of the file and of its folder"
        case .notADatabase: "is not a SQLite database: move it away, or name another data folder"
        case .foreignDatabase:
            "is a SQLite database of another program and was not touched: move it away, or name another data folder"
        case .unknownFormat(let found):
            "has format \"\(found)\", this version knows \(StoreFormat.number) and touched nothing: "
                + "use the version that made it"
        case .damaged(let detail):
            "is damaged (\(detail)): move it away, a new one will be made; "
                + "\"sqlite3 FILE .recover\" saves what can be read"
        case .diskFull: "cannot be written, the disk is full: free some space"
        case .busy: "is being written by another process for too long: wait for it, or stop it"
        case .moved: "was moved, replaced or deleted while it was open: start again"
        case .closed: "is closed"
        case .otherOrigin(let origin):
            "holds \(origin.rawValue) data, which never mixes with the other: name another data folder"
        case .unknownMeasurement(let name): "has no measurement \"\(name)\""
        case .unknownColumn(let name, let measurement): "has no tag or field \"\(name)\" in \"\(measurement)\""
        case .system(let detail): "cannot be used: \(detail)"
        }
    }
}

/// Whether data came from the service itself or from a simulation of it.
public enum StoreOrigin: String, Sendable, CaseIterable {
    case real
    case simulated
}

/// What the files of this version carry in `_meta`.
enum StoreFormat {
    static let number = "1"
}
