import CoinlineFiles

/// Why a batch was not taken, or something about the outbox could not be done. Nothing is lost by it: what was accepted
/// before is still there.
public enum OutboxError: Error, Sendable, Hashable {
    /// The policy has no room: wait for at most so long and try again, or, with nil, give up.
    case noRoom(OutboxCapacity.Shortage, wait: Duration?)
    /// The disk itself is full.
    case diskFull(path: String, reason: String)
    /// The folder or the disk may not be written.
    case readOnly(path: String, reason: String)
    /// Anything else that the system says.
    case failed(path: String, reason: String)
    /// The name of the bucket is empty, or too long for a folder.
    case bucket(String)
    /// Another process delivers, so this one may not touch what waits.
    case notOwner
    /// A split or excision whose pieces do not add up.
    case pieces(String)

    init(_ error: FileError) {
        let reason = "cannot \(error.operation): \(error.reason)"
        if error.isFull {
            self = .diskFull(path: error.path, reason: reason)
        } else if error.isForbidden {
            self = .readOnly(path: error.path, reason: reason)
        } else {
            self = .failed(path: error.path, reason: reason)
        }
    }

    /// Whether it is about this folder or what lies in it, and not about a lack of space, which all share.
    func isAbout(_ folder: String) -> Bool {
        switch self {
        case .readOnly(let path, _), .failed(let path, _): path == folder || path.hasPrefix(folder + "/")
        case .noRoom, .diskFull, .bucket, .notOwner, .pieces: false
        }
    }
}

extension OutboxError: CustomStringConvertible {
    /// What is wrong, with the path.
    public var description: String {
        switch self {
        case .noRoom(.bytes, _): "the outbox is full: everything that may wait for the destination is waiting already"
        case .noRoom(.freeBytes, _): "the disk of the outbox has less free space than must stay free"
        case .noRoom(.batch, _): "a batch is bigger than everything that may wait in the outbox"
        case .diskFull(let path, let reason), .readOnly(let path, let reason), .failed(let path, let reason):
            "the outbox cannot be used: \(path): \(reason)"
        case .bucket(let name): "the bucket's name is empty or too long for a folder: \(name)"
        case .notOwner: "another process delivers from this outbox"
        case .pieces(let id): "the pieces of batch \(id) do not add up to it"
        }
    }
}

/// Whether the disk takes what it is given. A state, not an end: every write tries again.
public enum DiskState: Sendable, Hashable {
    /// It took what it was given last.
    case usable
    /// It has no space left; it is asked again.
    case full(reason: String)
    /// The folder may not be written, or its file system takes no writes.
    case readOnly(reason: String)
    /// Anything else that the system says.
    case failing(reason: String)

    init(_ error: FileError) {
        if error.isFull {
            self = .full(reason: error.description)
        } else if error.isForbidden {
            self = .readOnly(reason: error.description)
        } else {
            self = .failing(reason: error.description)
        }
    }
}
