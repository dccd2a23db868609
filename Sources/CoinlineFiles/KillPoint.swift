#if FAULTS
    import Synchronization
    import Glibc
#endif

/// A point at which a test may kill the process, to see that what is left on disk is enough to go on.
///
/// Nothing at all, unless everything is compiled with `-DFAULTS`: then `COINLINE_FAULT=<point>:<n>` makes the process
/// end itself with `SIGKILL` when it passes that point for the n-th time.
public enum KillPoint {
    /// - Parameter name: `after-write`, `after-sync` and `after-rename` of every durable file; `between-pieces` of a
    ///   split and `between-dead-letter-and-rest` in the outbox; `in-request` and `after-204` in delivery.
    @inlinable @inline(__always)
    public static func pass(_ name: StaticString) {
        #if FAULTS
            hit(name)
        #endif
    }

    #if FAULTS
        private static let armed: Armed? = unsafe getenv("COINLINE_FAULT").flatMap { Armed(unsafe String(cString: $0)) }

        @usableFromInline static func hit(_ name: StaticString) {
            guard let armed, armed.name == name.description else { return }
            if armed.passes.add(1, ordering: .relaxed).newValue == armed.count { kill(getpid(), SIGKILL) }
        }

        private final class Armed: Sendable {
            let name: String
            let count: Int
            let passes = Atomic(0)

            /// Nil for a text without a point and a number from 1.
            init?(_ text: String) {
                guard let colon = text.lastIndex(of: ":"), let count = Int(text[text.index(after: colon)...]), count > 0
                else { return nil }
                name = String(text[..<colon])
                self.count = count
            }
        }
    #endif
}
