import CoinlineJSON
import Glibc
import MarketSimulator

/// The most memory that a whole `coinline run-once` holds, against a simulated upstream in this process.
enum Footprint {
    /// What a run may hold: it shares small machines with a database and a dashboard.
    static let bytesMax = 40_000_000

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter program: the path of the compiled program.
    /// - Returns: the peak resident size of the run, in bytes.
    static func measure(_ program: String) async throws -> Int {
        let simulator = try MarketSimulator()
        let folder = "/tmp/coinline-footprint-\(getpid())"
        guard unsafe mkdir(folder, 0o700) == 0 else { throw Failure(description: "cannot make \(folder)") }
        let environment = [
            "LCW_API_KEY=any", "LCW_BASE_URL=\(simulator.baseURL)", "COINS_LIST_PAGES=3",
            "COINLINE_DATA_DIR=\(folder)", "PATH=/usr/bin:/bin",
        ]
        let result = try await run(program, ["coinline", "run-once"], environment)
        await simulator.stop()
        for name in ["coinline.sqlite", "coinline.sqlite-wal", "coinline.sqlite-shm"] {
            unsafe unlink("\(folder)/\(name)")
        }
        unsafe rmdir(folder)
        guard result.status == 0 else { throw Failure(description: "the run ended with \(result.status)") }
        return result.peakBytes
    }

    /// Starts the program, waits for its end on a thread that may wait, and reads what the kernel counted.
    private static func run(
        _ program: String, _ arguments: [String], _ environment: [String]
    ) async throws -> (status: Int32, peakBytes: Int) {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job {
                continuation.resume(with: Result { try wait(for: spawn(program, arguments, environment)) })
            }
            var thread = pthread_t()
            // The job is handed over retained, and released by the thread.
            let code = unsafe pthread_create(
                &thread, nil,
                { raw in
                    if let raw = unsafe raw { unsafe Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().body() }
                    return nil
                }, Unmanaged.passRetained(job).toOpaque())
            precondition(code == 0, "no thread to wait on")
            pthread_detach(thread)
        }
    }

    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func spawn(_ program: String, _ arguments: [String], _ environment: [String]) throws -> pid_t {
        var pid = pid_t()
        // The texts live until both arrays are freed below, after the call.
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        // What the run says is not what is measured.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        for descriptor: Int32 in [1, 2] {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        let code = unsafe posix_spawn(&pid, program, &actions, nil, &words, &variables)
        unsafe posix_spawn_file_actions_destroy(&actions)
        for index in unsafe words.indices { unsafe free(words[index]) }
        for index in unsafe variables.indices { unsafe free(variables[index]) }
        guard code == 0 else { throw Failure(description: "cannot start \(program): error \(code)") }
        return pid
    }

    private static func wait(for pid: pid_t) throws -> (status: Int32, peakBytes: Int) {
        var status: Int32 = 0
        var usage = rusage()
        guard unsafe wait4(pid, &status, 0, &usage) == pid else {
            throw Failure(description: "the run cannot be awaited")
        }
        // The kernel counts in KiB.
        return (status, usage.ru_maxrss * 1_024)
    }
}
