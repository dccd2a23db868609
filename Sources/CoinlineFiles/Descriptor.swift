import Glibc

/// An open file, closed when it goes out of scope, and the calls on it: each one whole, again after a signal, and with
/// its return code looked at.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32
    /// As errors name it.
    let path: String
    private let isOwned: Bool

    /// - Parameter flags: those of `open`, to which close-on-exec is added, so that no program started from here
    ///   inherits it.
    init(opening path: String, flags: Int32, mode: UInt32 = 0) throws(FileError) {
        try checkPath(path, for: "open")
        let number = try retrying("open", path) { unsafe open(path, flags | O_CLOEXEC, mode) }
        self.number = Int32(number)
        self.path = path
        isOwned = true
    }

    private init(borrowing number: Int32, path: String) {
        self.number = number
        self.path = path
        isOwned = false
    }

    /// Not closed at the end, since it is not ours.
    static func standardInput() -> Descriptor {
        Descriptor(borrowing: STDIN_FILENO, path: "standard input")
    }

    deinit {
        // The only thing that closing can still report is a write that failed late, and what must last was synced
        // before.
        if isOwned { close(number) }
    }

    /// All of `bytes`, in as many calls as it takes.
    func write(_ bytes: [UInt8]) throws(FileError) {
        var position = 0
        while position < bytes.count {
            let start = position
            let count = try retrying("write", path) {
                unsafe bytes.withUnsafeBytes { buffer in
                    unsafe Glibc.write(number, buffer.baseAddress?.advanced(by: start), buffer.count - start)
                }
            }
            // The system promises to write at least a byte or to say why not; without this a broken one would be a busy
            // loop.
            guard count > 0 else { throw FileError(operation: "write", path: path, code: EIO) }
            position += count
        }
    }

    /// At most `bytesMax` bytes, appended to `bytes`, and how many they were; 0 at the end of the file.
    func read(_ bytesMax: Int, to bytes: inout [UInt8]) throws(FileError) -> Int {
        try retrying("read", path) {
            var count = 0
            bytes.append(addingCapacity: bytesMax) { span in
                unsafe span.withUnsafeMutableBufferPointer { buffer, initializedCount in
                    count = unsafe Glibc.read(number, buffer.baseAddress?.advanced(by: initializedCount), bytesMax)
                    initializedCount += max(0, count)
                }
            }
            return count
        }
    }

    /// Returns when the content is on the disk. After an error nothing is known about it, and a second call would not
    /// tell: the file must be written anew.
    func sync() throws(FileError) {
        _ = try retrying("sync", path) { fsync(number) }
    }

    /// As `sync`, for a folder: its names are on the disk. A file system that cannot do that for folders says EINVAL,
    /// and then there is nothing to wait for.
    func syncFolder() throws(FileError) {
        do {
            try sync()
        } catch let error where error.code == EINVAL {
            return
        }
    }

    /// Device and file number: the file itself, whatever its name is by now.
    func identity() throws(FileError) -> FileIdentity {
        var status = stat()
        _ = try retrying("look at", path) { unsafe fstat(number, &status) }
        return FileIdentity(status)
    }
}

/// Which file it is.
struct FileIdentity: Equatable {
    let device: UInt64
    let file: UInt64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        file = UInt64(status.st_ino)
    }

    /// The file that `path` names now; nil where there is none.
    init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// Runs a system call, again as long as a signal interrupts it, and throws what it reports.
func retrying<Number: FixedWidthInteger & SignedInteger>(
    _ operation: String, _ path: String, _ call: () -> Number
) throws(FileError) -> Int {
    while true {
        let result = call()
        if result >= 0 { return Int(result) }
        // Read before anything else can change it.
        let code = errno
        guard code == EINTR else { throw FileError(operation: operation, path: path, code: code) }
    }
}

/// The system ends a path at its first zero byte, and would silently work on another file.
func checkPath(_ path: String, for operation: String) throws(FileError) {
    guard !path.utf8.contains(0) else { throw FileError(operation: operation, path: path, code: EINVAL) }
}
