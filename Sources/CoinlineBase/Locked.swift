// A client that takes the lock needs the module of its `withLock`, so it comes with this one.
@_exported public import Synchronization

#if LOCKS_PTHREAD
    import Glibc

    /// A value behind a lock, for builds under the thread sanitizer.
    ///
    /// That tool cannot see into the standard library's `Mutex` on Linux and reports false races in correct programs,
    /// so `-DLOCKS_PTHREAD` swaps in a lock that it understands. Initialiser and methods are those of `Mutex`.
    @safe public final class Locked<Value: ~Copyable>: @unchecked Sendable {
        // Allocated, since a pthread mutex must not move; `lock` alone guards `value`.
        private let lock: UnsafeMutablePointer<pthread_mutex_t>
        private var value: Value

        public init(_ initialValue: consuming sending Value) {
            unsafe lock = .allocate(capacity: 1)
            unsafe lock.initialize(to: pthread_mutex_t())
            value = initialValue
            let code = unsafe pthread_mutex_init(lock, nil)
            precondition(code == 0, "a lock could not be made")
        }

        deinit {
            unsafe pthread_mutex_destroy(lock)
            unsafe lock.deinitialize(count: 1)
            unsafe lock.deallocate()
        }

        /// Runs `body` with the value, alone. Not to be taken again from inside.
        public func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            unsafe pthread_mutex_lock(lock)
            defer { unsafe pthread_mutex_unlock(lock) }
            return try body(&value)
        }

        /// As `withLock`, but gives up at once with nil where somebody else holds the lock.
        public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result? {
            guard unsafe pthread_mutex_trylock(lock) == 0 else { return nil }
            defer { unsafe pthread_mutex_unlock(lock) }
            return try body(&value)
        }
    }
#else
    /// A value behind a lock: `Mutex` of the standard library, or under `-DLOCKS_PTHREAD` a lock of the same shape that
    /// the thread sanitizer understands. To be kept as a stored `let` of a final class.
    public typealias Locked<Value: ~Copyable> = Mutex<Value>
#endif
