import Glibc

/// Reads a file, a pipe or standard input piece by piece.
public struct FileReader: ~Copyable, Sendable {
    private let file: Descriptor

    /// Does not wait for whoever writes into a named pipe.
    ///
    /// - Parameter path: `-` is standard input, which stays open at the end.
    public init(path: String) throws(FileError) {
        if path == "-" {
            file = .standardInput()
        } else {
            file = try Descriptor(opening: path, flags: O_RDONLY | O_NOCTTY | O_NONBLOCK)
        }
    }

    /// As errors name it: the path, or `standard input`.
    public var path: String {
        file.path
    }

    /// Whether there is something to read, or the end, within so many milliseconds. A file is always ready.
    public func isReady(withinMs: Int32) throws(FileError) -> Bool {
        var request = pollfd(fd: file.number, events: Int16(POLLIN), revents: 0)
        return try retrying("read", file.path) { unsafe poll(&request, 1, withinMs) } > 0
    }

    /// The next piece, never empty and often shorter than `bytesMax`; nil at the end. Waits for a pipe.
    ///
    /// - Parameter bytesMax: above 0.
    public mutating func next(bytesMax: Int = 64 << 10) throws(FileError) -> [UInt8]? {
        precondition(bytesMax > 0, "a piece has at least a byte")
        var bytes: [UInt8] = []
        while true {
            do {
                // A named pipe into which nobody has written yet would look as if it had ended.
                _ = try isReady(withinMs: -1)
                let count = try file.read(bytesMax, to: &bytes)
                return count == 0 ? nil : bytes
            } catch let error where error.code == EAGAIN {
                // Somebody else took it.
            }
        }
    }
}
