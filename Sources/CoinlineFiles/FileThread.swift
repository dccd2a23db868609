import CoinlineBase
import Glibc

/// A thread of its own for an actor whose calls wait for the disk, so that they never hold up the shared pool.
///
/// An actor that names it as its `unownedExecutor` runs all its code there, one job after another, and may call
/// blocking functions. The thread ends with the last reference: the actor holds one, and so does every queued job.
public final class FileThread: SerialExecutor {
    private let queue: JobQueue

    /// Throws where the system gives no thread.
    ///
    /// - Parameter name: what debuggers and `ps -T` show, cut to the 15 bytes that Linux keeps.
    public init(name: String) throws(FileError) {
        queue = JobQueue()
        // Holds the queue alone: an executor that its own thread held would never end.
        let code = SystemThread.start(name) { [queue] in queue.run() }
        guard code == 0 else { throw FileError(operation: "start thread", path: name, code: code) }
    }

    deinit {
        queue.stop()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        queue.put(JobQueue.Entry(job: UnownedJob(job), executor: self))
    }

    /// Safe to be handed out: whoever runs an actor's job holds the actor, which holds this object.
    @safe public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }
}

/// What the executor and its thread share. A POSIX lock and condition, which the thread sanitizer understands.
///
/// Unchecked because of the pointers, and of the two values that only `lock` guards; `Mutex` would not do, a thread
/// cannot wait on it for news.
@safe
private final class JobQueue: @unchecked Sendable {
    struct Entry {
        let job: UnownedJob
        /// Keeps the executor alive until the job is done.
        let executor: FileThread
    }

    // Allocated, since neither may move.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let hasNews: UnsafeMutablePointer<pthread_cond_t>
    private var entries: [Entry] = []
    private var isStopped = false

    init() {
        unsafe lock = .allocate(capacity: 1)
        unsafe lock.initialize(to: pthread_mutex_t())
        unsafe hasNews = .allocate(capacity: 1)
        unsafe hasNews.initialize(to: pthread_cond_t())
        let codes = unsafe (pthread_mutex_init(lock, nil), pthread_cond_init(hasNews, nil))
        precondition(codes == (0, 0), "a lock and a condition of the default kind can always be made")
    }

    deinit {
        unsafe pthread_cond_destroy(hasNews)
        unsafe hasNews.deinitialize(count: 1)
        unsafe hasNews.deallocate()
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deinitialize(count: 1)
        unsafe lock.deallocate()
    }

    func put(_ entry: Entry) {
        unsafe pthread_mutex_lock(lock)
        entries.append(entry)
        unsafe pthread_cond_signal(hasNews)
        unsafe pthread_mutex_unlock(lock)
    }

    func stop() {
        unsafe pthread_mutex_lock(lock)
        isStopped = true
        unsafe pthread_cond_signal(hasNews)
        unsafe pthread_mutex_unlock(lock)
    }

    func run() {
        // Stopped means that the executor is gone, and with it everybody who could add a job.
        while let entries = takeEntries() {
            for entry in entries {
                unsafe entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
            }
        }
    }

    /// Waits until there is something; nil when nothing can come any more.
    private func takeEntries() -> [Entry]? {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while entries.isEmpty && !isStopped { unsafe pthread_cond_wait(hasNews, lock) }
        guard !entries.isEmpty else { return nil }
        let taken = entries
        entries = []
        return taken
    }
}
