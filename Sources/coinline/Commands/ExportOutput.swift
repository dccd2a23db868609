import CoinlineFiles
import Collector
import Glibc
import MarketStore

/// Where `export` writes: settled before a line is read, so that nothing is lost by it.
struct ExportOutput: Sendable {
    private enum Limit {
        /// How long a pipe without a reader is left alone before it is looked at again.
        static let pipeWaitMs: Int32 = 100
    }

    private static let databaseMagic = Array("SQLite format 3\0".utf8)

    let output: Export.Output
    /// For the summary; nil where the lines themselves go to standard output.
    let name: String?
    /// The older file and its rights.
    private let replaced: (path: String, mode: UInt32)?

    /// - Parameters:
    ///   - path: as the user named it; nil and `-` are standard output.
    ///   - storePath: what is exported.
    init(_ path: String?, storePath: String, _ console: Console) throws(Refusal) {
        let named = path == "-" ? nil : path
        let store = StoreFiles(storePath)
        let standardOutput = FileStatus(descriptor: STDOUT_FILENO)
        let status = named.flatMap { FileStatus(of: $0) }
        // Also what leads there, such as /dev/stdout.
        guard let named, status == nil || status?.identity != standardOutput?.identity else {
            if let standardOutput, store.has(standardOutput.identity) {
                throw Self.refusal("standard output is the store \(storePath) itself: name another file")
            }
            self.init(.bytes(isGzip: false) { bytes in console.write(bytes) }, name: nil, replaced: nil)
            return
        }
        if status.map({ store.has($0.identity) }) ?? store.couldHave(named) {
            throw Self.refusal("\(named) is a file of the store \(storePath) itself: name another file")
        }
        switch status?.kind {
        case S_IFDIR:
            throw Self.refusal("\(named) is a folder: name a file in it")
        case nil where named.hasSuffix("/"):
            throw Self.refusal("\(named) is a folder: name a file in it")
        case nil:
            self.init(.file(named, mode: 0o600), name: named, replaced: nil)
        case S_IFREG:
            // The file that a link leads to is the one to be replaced.
            let target = Environment.resolved(named)
            if Self.isDatabase(target) {
                throw Self.refusal("\(named) is a SQLite database and is not replaced: name another file")
            }
            let mode = status?.mode ?? 0o600
            self.init(.file(target, mode: mode), name: named, replaced: (target, mode))
        default:
            let device = Device(path: named)
            self.init(
                .bytes(isGzip: named.hasSuffix(".gz")) { (bytes) throws(FileError) in try device.write(bytes) },
                name: named, replaced: nil)
        }
    }

    private init(_ output: Export.Output, name: String?, replaced: (path: String, mode: UInt32)?) {
        self.output = output
        self.name = name
        self.replaced = replaced
    }

    /// Gives the new file all rights of the older one: the umask may have kept some from it.
    func restoreMode() {
        guard let (path, mode) = replaced else { return }
        // Fewer rights than before lose nothing, so a refusal is no failure. The path is used during the call only.
        _ = unsafe chmod(path, mode)
    }

    private static func refusal(_ text: String) -> Refusal {
        Refusal(text: "coinline export: \(text)", code: ExitCode.usage)
    }

    private static func isDatabase(_ path: String) -> Bool {
        do throws(FileError) {
            var reader = try FileReader(path: path)
            return try reader.next(bytesMax: databaseMagic.count) == databaseMagic
        } catch {
            // One that cannot be read may still be replaced, if its folder allows it.
            return false
        }
    }

    /// Something that takes bytes and cannot be replaced: a pipe, a terminal, /dev/null. Opened at the first bytes.
    private final class Device: Sendable {
        private let path: String
        private let descriptor = Shared<Int32?>(nil)

        init(path: String) { self.path = path }

        deinit {
            if let number = descriptor.value { close(number) }
        }

        func write(_ bytes: [UInt8]) throws(FileError) {
            let number: Int32
            if let open = descriptor.value { number = open } else { number = try opened() }
            descriptor.value = number
            if let code = Console.write(bytes, to: number) {
                throw FileError(operation: "write", path: path, code: code)
            }
        }

        /// A pipe is waited for until somebody reads it, or the command is stopped: `ECANCELED`.
        private func opened() throws(FileError) -> Int32 {
            while true {
                let number = unsafe open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
                if number >= 0 {
                    _ = fcntl(number, F_SETFL, O_WRONLY)
                    return number
                }
                let code = errno
                guard code == ENXIO || code == EINTR else { throw FileError(operation: "open", path: path, code: code) }
                if Task.isCancelled { throw FileError(operation: "open", path: path, code: ECANCELED) }
                _ = poll(nil, 0, Limit.pipeWaitMs)
            }
        }
    }
}

/// What the system knows of a file.
private struct FileStatus {
    /// The file itself, whatever its names are.
    struct Identity: Equatable {
        let device: UInt64
        let number: UInt64
    }

    let identity: Identity
    /// `S_IFREG` and the like.
    let kind: UInt32
    let mode: UInt32

    /// Of what a link leads to; nil where there is nothing, or nothing that can be seen.
    init?(of path: String) {
        var status = stat()
        // The path is used during the call only.
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        kind = status.st_mode & S_IFMT
        mode = status.st_mode & 0o777
    }
}

/// The store's file and those that SQLite keeps beside it, there or not.
private struct StoreFiles {
    private static let endings = ["", "-wal", "-shm", "-journal"]

    private let paths: [String]

    init(_ path: String) {
        // SQLite names them after the file that a link leads to.
        paths = [path, Environment.resolved(path)].flatMap { path in Self.endings.map { path + $0 } }
    }

    func has(_ identity: FileStatus.Identity) -> Bool {
        paths.contains { FileStatus(of: $0)?.identity == identity }
    }

    /// Of a path where nothing is: whether it would be one of them.
    func couldHave(_ path: String) -> Bool {
        let (folder, name) = Self.parts(path)
        guard let identity = FileStatus(of: folder)?.identity else { return false }
        return paths.contains { own in
            let own = Self.parts(own)
            return own.name == name && FileStatus(of: own.folder)?.identity == identity
        }
    }

    private static func parts(_ path: String) -> (folder: String, name: Substring) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path[...]) }
        return (String(path[...slash]), path[path.index(after: slash)...])
    }
}
