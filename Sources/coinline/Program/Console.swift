import CoinlineBase
import CoinlineFiles
import Glibc

/// Standard output and standard error: results go to the one, everything else to the other.
struct Console: Sendable {
    /// A command that only prints has nothing left to do when nobody reads.
    let endsWhenOutputCloses: Bool
    private let isOutputOver = Shared(false)
    private let failure = Shared<FileError?>(nil)

    /// Whether a person watches: progress and colours are only for them.
    static var isErrorATerminal: Bool { isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb" }

    /// `NO_COLOR` is what people set who do not want colours (no-color.org).
    static var isColoured: Bool { isErrorATerminal && (variable("NO_COLOR") ?? "").isEmpty }

    private static func variable(_ name: String) -> String? {
        // Copied at once; nothing in this program changes the environment.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// A result could not be written, though somebody wants it: the disk behind standard output is full, for example.
    var hasFailed: Bool { failure.value != nil }

    init(endsWhenOutputCloses: Bool) {
        self.endsWhenOutputCloses = endsWhenOutputCloses
    }

    /// A line of the result as it is, such as JSON.
    func out(_ line: String) {
        write(Array((line + "\n").utf8))
    }

    /// Lines of the result for a person.
    func show(_ text: String) {
        out(TerminalText.shown(text, keepingLines: true))
    }

    /// Bytes of the result as they are.
    func write(_ bytes: [UInt8]) {
        guard !isOutputOver.value, let code = Self.write(bytes, to: STDOUT_FILENO) else { return }
        isOutputOver.value = true
        if code != EPIPE {
            let error = FileError(operation: "write", path: "standard output", code: code)
            failure.value = error
            say("coinline: \(error)")
        }
        // At once, since other threads are at work that an orderly exit would pull the libraries away from.
        if endsWhenOutputCloses { _exit(hasFailed ? ExitCode.incomplete : ExitCode.complete) }
    }

    /// A line for the person, or several.
    func say(_ text: String) {
        // Nobody is left to be told when standard error is gone as well.
        _ = Self.write(Array((TerminalText.shown(text, keepingLines: true) + "\n").utf8), to: STDERR_FILENO)
    }

    /// Nil when everything was written, else the system's `errno`: `EPIPE` when nobody reads any more.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var done = 0
        while done < bytes.count {
            // The pointer is used during the call only. It is not nil: there is at least a byte.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + done, bytes.count - done)
            }
            if count >= 0 {
                done += count
                continue
            }
            switch errno {
            case EINTR: continue
            // Another program of the terminal may have made it non-blocking.
            case EAGAIN: waitUntilWritable(descriptor)
            default: return errno
            }
        }
        return nil
    }

    private static func waitUntilWritable(_ descriptor: Int32) {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
    }
}

/// A value that several tasks look at.
final class Shared<Value: Sendable>: Sendable {
    private let lock: Locked<Value>

    init(_ value: Value) { lock = Locked(value) }

    var value: Value {
        get { lock.withLock { $0 } }
        set { lock.withLock { $0 = newValue } }
    }
}
