import CoinlineBase
import Glibc

/// Standard output and standard error: results go to the one, everything else to the other.
struct Console: Sendable {
    /// A command that only prints has nothing left to do when nobody reads.
    let endsWhenOutputCloses: Bool
    private let isOutputClosed = Shared(false)

    /// Whether a person watches: progress and colours are only for them.
    static var isErrorATerminal: Bool { isatty(STDERR_FILENO) == 1 }

    init(endsWhenOutputCloses: Bool) {
        self.endsWhenOutputCloses = endsWhenOutputCloses
    }

    /// A line of the result.
    func out(_ line: String) {
        write(Array((line + "\n").utf8))
    }

    /// Bytes of the result as they are.
    func write(_ bytes: [UInt8]) {
        guard !isOutputClosed.value else { return }
        if Self.write(bytes, to: STDOUT_FILENO) { return }
        isOutputClosed.value = true
        if endsWhenOutputCloses { exit(ExitCode.complete) }
    }

    /// A line for the person.
    func say(_ line: String) {
        // Nobody is left to be told when standard error is gone as well.
        _ = Self.write(Array((line + "\n").utf8), to: STDERR_FILENO)
    }

    /// False when the other end is closed or the disk behind it is full.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            // The pointer is used during the call only.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + done, bytes.count - done)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
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
