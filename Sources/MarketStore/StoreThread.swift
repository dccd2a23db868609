import CoinlineBase
import Glibc

/// A thread of its own on which an actor runs, one job after another, so that a call that waits for the disk never
/// holds up the shared pool.
///
/// The thread ends when nobody holds the executor any more: the actor does, and every queued job does.
final class StoreThread: SerialExecutor {
    private let queue = JobQueue()

    init() throws(ThreadFailure) {
        try queue.startThread()
    }

    deinit {
        queue.stop()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        queue.put(JobQueue.Entry(job: UnownedJob(job), executor: self))
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }
}

/// The system gave no thread.
struct ThreadFailure: Error {
    let code: Int32
}

/// What the executor and its thread share. Owner of the jobs: the lock; the semaphore counts the wake-ups.
@safe
private final class JobQueue: Sendable {
    struct Entry: Sendable {
        let job: UnownedJob
        /// Keeps the executor alive until the job is done.
        let executor: StoreThread
    }

    private struct State {
        var entries: [Entry] = []
        var isStopped = false
    }

    private let state = Locked(State())
    // Lives at one address from `init` to `deinit`, as sem_init asks.
    private nonisolated(unsafe) let wakeUps: UnsafeMutablePointer<sem_t>

    init() {
        unsafe wakeUps = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        let code = unsafe sem_init(wakeUps, 0, 0)
        precondition(code == 0, "an unshared semaphore of value 0 can always be made")
    }

    deinit {
        unsafe sem_destroy(wakeUps)
        unsafe wakeUps.deallocate()
    }

    func put(_ entry: Entry) {
        state.withLock { $0.entries.append(entry) }
        unsafe sem_post(wakeUps)
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        unsafe sem_post(wakeUps)
    }

    /// Starts the thread with all signals blocked: they are for the threads that wait for them.
    func startThread() throws(ThreadFailure) {
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
            throw ThreadFailure(code: code)
        }
        pthread_detach(thread)
    }

    private func run() {
        while true {
            // Interrupted or not: what is there is taken.
            unsafe sem_wait(wakeUps)
            let (entries, isStopped) = state.withLock { state in
                let taken = state.entries
                state.entries = []
                return (taken, state.isStopped)
            }
            for entry in entries {
                unsafe entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
            }
            // Stopped means that the executor is gone, and with it everybody who could add a job.
            if isStopped && entries.isEmpty { return }
        }
    }
}
