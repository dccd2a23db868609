import CoinlineBase
import Foundation

/// A program under way. Killed, and its files removed, when the last reference goes.
public final class RunningProgram: Sendable {
    private struct State: ~Copyable {
        var pid: Int32 = 0
        var status: Int32?
        var isTimedOut = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let folder: TemporaryFolder
    private let endsSession: Bool
    private let startedAt = ContinuousClock.now
    private let state = Locked(State())

    private init(folder: TemporaryFolder, endsSession: Bool) {
        self.folder = folder
        self.endsSession = endsSession
    }

    deinit {
        let (pid, isDead) = state.withLock { ($0.pid, $0.status != nil) }
        if pid > 0, !isDead { kill(pid, SIGKILL) }
        if pid > 0, !isDead, endsSession { Session(id: pid).killAll() }
    }

    public var pid: Int32 { state.withLock { $0.pid } }

    /// Returns once the program is started. A thread of its own starts it and waits for its end.
    static func start(_ run: ProgramRun) async throws -> RunningProgram {
        let folder = try TemporaryFolder()
        try folder.write(run.input, to: "input")
        let spawning = Spawning(run, folder: folder)
        let program = RunningProgram(folder: folder, endsSession: run.endsSession)
        let reference = WeakReference(program)
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                do {
                    let pid = try spawning.spawn()
                    reference.program?.state.withLock { $0.pid = pid }
                    continuation.resume()
                    waitUntilDead(pid)
                    reap(pid, reference)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        return program
    }

    /// Waits for the end, kills at the deadline, and tells what happened.
    public func result(deadline: Duration = .seconds(240)) async -> ProgramResult {
        let alarm = Task {
            try await Task.sleep(for: deadline)
            state.withLock { $0.isTimedOut = true }
            signal(SIGKILL)
        }
        await untilDead()
        alarm.cancel()
        if endsSession { await Session(id: pid).end() }
        let (status, isTimedOut) = state.withLock { ($0.status ?? 0, $0.isTimedOut) }
        let isSignalled = status & 0x7F != 0
        return ProgramResult(
            exitCode: isSignalled ? nil : (status >> 8) & 0xFF, signal: isSignalled ? status & 0x7F : nil,
            output: content("output"), errors: content("errors"), isTimedOut: isTimedOut,
            duration: .now - startedAt)
    }

    public var isRunning: Bool { state.withLock { $0.status == nil } }
    public var outputSoFar: String { String(decoding: content("output"), as: UTF8.self) }
    public var errorsSoFar: String { String(decoding: content("errors"), as: UTF8.self) }

    /// Sends a signal, if the program still lives. Its number cannot be anybody else's: it is reaped under the same lock.
    public func signal(_ number: Int32) {
        state.withLock { if $0.status == nil { kill($0.pid, number) } }
    }

    /// Asks it to stop, and kills it when it has not by then.
    @discardableResult
    public func stop(within: Duration = .seconds(60)) async -> ProgramResult {
        signal(SIGTERM)
        return await result(deadline: within)
    }

    private func untilDead() async {
        await withCheckedContinuation { continuation in
            let isDead = state.withLock { state in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status != nil
            }
            if isDead { continuation.resume() }
        }
    }

    private func content(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: folder.file(name)).map { [UInt8]($0) } ?? []
    }

    /// Leaves the dead program in the table, so that its number is not given away before `reap`.
    private static func waitUntilDead(_ pid: Int32) {
        var facts = siginfo_t()
        while waitid(P_PID, id_t(pid), &facts, Int32(WEXITED | WNOWAIT)) != 0 && errno == EINTR {}
    }

    private static func reap(_ pid: Int32, _ reference: WeakReference) {
        var status: Int32 = 0
        guard let program = reference.program else {
            waitpid(pid, &status, 0)
            return
        }
        let waiters = program.state.withLock { state in
            waitpid(pid, &status, 0)
            state.status = status
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// Lets the waiting thread not keep a program alive that nobody refers to any more. `weak` is safe from any thread.
private struct WeakReference: Sendable {
    weak let program: RunningProgram?

    init(_ program: RunningProgram) {
        self.program = program
    }
}
