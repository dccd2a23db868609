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
        queue = JobQueue(name: name)
        try queue.startThread()
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
@safe
private final class JobQueue: @unchecked Sendable {
    struct Entry {
        let job: UnownedJob
        /// Keeps the executor alive until the job is done.
        let executor: FileThread
    }

    private let name: String
    // Allocated, since neither may move; `lock` alone guards the two values below it.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let hasNews: UnsafeMutablePointer<pthread_cond_t>
    private var entries: [Entry] = []
    private var isStopped = false

    init(name: String) {
        self.name = name
        unsafe lock = .allocate(capacity: 1)
        unsafe lock.initialize(to: pthread_mutex_t())
        unsafe hasNews = .allocate(capacity: 1)
        unsafe hasNews.initialize(to: pthread_cond_t())
        let codes = unsafe (pthread_mutex_init(lock, nil), pthread_cond_init(hasNews, nil))
        precondition(codes == (0, 0), "a lock and a condition of the default kind can always be made")
    }

    deinit {
        unsafe pthread_cond_destroy(hasNews)
        unsafe hasNews.deallocate()
        unsafe pthread_mutex_destroy(lock)
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

    /// Starts the thread with all signals blocked: they are for the threads that wait for them.
    func startThread() throws(FileError) {
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        // The reference made here is taken over by the thread, or given back below where there is none.
        let reference = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<JobQueue>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, unsafe reference.toOpaque())
        guard code == 0 else {
            unsafe reference.release()
            throw FileError(operation: "start thread", path: name, code: code)
        }
        pthread_detach(thread)
    }

    private func run() {
        showName()
        // Stopped means that the executor is gone, and with it everybody who could add a job.
        while let entries = takeEntries() {
            for entry in entries {
                unsafe entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
            }
        }
    }

    /// Tells the system the name of the calling thread.
    private func showName() {
        do {
            let file = try Descriptor(opening: "/proc/thread-self/comm", flags: O_WRONLY)
            try file.write(Array(name.utf8.prefix(15)))
        } catch {
            // No /proc, or an old one: the name is for people who look, and nothing else depends on it.
            return
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
