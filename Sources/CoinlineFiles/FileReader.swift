import Glibc

/// Reads a file, a pipe or standard input piece by piece.
public struct FileReader: ~Copyable, Sendable {
    private let file: Descriptor

    /// - Parameter path: `-` is standard input, which stays open at the end.
    public init(path: String) throws(FileError) {
        if path == "-" {
            file = .standardInput()
        } else {
            file = try Descriptor(opening: path, flags: O_RDONLY | O_NOCTTY)
        }
    }

    /// As errors name it: the path, or `standard input`.
    public var path: String {
        file.path
    }

    /// The next piece, never empty and often shorter than `bytesMax`; nil at the end. Waits for a pipe.
    ///
    /// - Parameter bytesMax: above 0.
    public mutating func next(bytesMax: Int = 64 << 10) throws(FileError) -> [UInt8]? {
        precondition(bytesMax > 0, "a piece has at least a byte")
        var bytes: [UInt8] = []
        while true {
            do {
                let count = try file.read(bytesMax, to: &bytes)
                return count == 0 ? nil : bytes
            } catch let error where error.code == EAGAIN {
                // Standard input can be non-blocking because another program of the terminal made it so.
                try waitUntilReadable()
            }
        }
    }

    private func waitUntilReadable() throws(FileError) {
        var request = pollfd(fd: file.number, events: Int16(POLLIN), revents: 0)
        _ = try retrying("read", file.path) { unsafe poll(&request, 1, -1) }
    }
}
