import CoinlineBase
import Foundation
import Testing

@Suite("SystemThread", .timeLimit(.minutes(8)))
struct SystemThreadTests {
    /// What a thread sees of itself.
    private struct Look: Sendable {
        let name: String
        let thread: UInt64
        let takes: [Int32: Bool]

        static func here(_ signals: [Int32]) -> Look {
            var mask = sigset_t()
            pthread_sigmask(SIG_SETMASK, nil, &mask)
            let name = (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
            let takes = signals.map { ($0, sigismember(&mask, $0) == 0) }
            return Look(
                name: name.trimmingCharacters(in: .newlines), thread: UInt64(pthread_self()),
                takes: Dictionary(uniqueKeysWithValues: takes))
        }
    }

    private static let ordinary = [SIGTERM, SIGINT, SIGPIPE, SIGCHLD, SIGALRM, SIGUSR1]
    private static let faults = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP]

    @Test(
        "runs its body once, under its name and away from who started it",
        arguments: [("worker", "worker"), ("a-name-of-16-byte", "a-name-of-16-by"), ("", "")])
    func body(name: String, shown: String) async {
        var looks: [Look] = []
        let seen = AsyncStream<Look> { continuation in
            let code = SystemThread.start(name) {
                continuation.yield(Look.here([]))
                continuation.finish()
            }
            #expect(code == 0)
        }
        for await look in seen { looks.append(look) }

        #expect(looks.map(\.name) == [shown])
        #expect(looks.first?.thread != UInt64(pthread_self()))
    }

    @Test("takes no signals but those that tell of its own faults, and leaves those of its starter as they were")
    func signals() async {
        let asked = Self.ordinary + Self.faults
        let (before, after, code, seen) = Self.startAndCompare(asked)

        #expect(code == 0)
        #expect(after.takes == before.takes)
        for await look in seen {
            for signal in Self.ordinary { #expect(look.takes[signal] == false, "signal \(signal)") }
            for signal in Self.faults { #expect(look.takes[signal] == true, "signal \(signal)") }
        }
    }

    /// On one thread from start to end, or the masks of two would be compared, and with none blocked before: those of
    /// the shared pool block most.
    private static func startAndCompare(
        _ signals: [Int32]
    ) -> (before: Look, after: Look, code: Int32, seen: AsyncStream<Look>) {
        let (seen, continuation) = AsyncStream.makeStream(of: Look.self)
        var none = sigset_t()
        var mine = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &mine)
        defer { pthread_sigmask(SIG_SETMASK, &mine, nil) }
        let before = Look.here(signals)
        let code = SystemThread.start("signals") {
            continuation.yield(Look.here(signals))
            continuation.finish()
        }
        return (before, Look.here(signals), code, seen)
    }

    private final class Held: Sendable {}

    @Test("lets its body go at its end")
    func letsGo() async {
        weak var held: Held?
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        do {
            let object = Held()
            held = object
            let code = SystemThread.start("letting-go") { withExtendedLifetime(object) { continuation.finish() } }
            #expect(code == 0)
        }
        for await _ in ended {}

        // The time limit ends this should the thread not let go.
        while held != nil { await Task.yield() }
        #expect(held == nil)
    }

    // The sanitizers want memory of their own for everything.
    @Test("where the system gives no thread it says so and lets the body go", .disabled(if: isSanitized))
    func noThread() async {
        await #expect(processExitsWith: .success) {
            let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
            var before = rlimit()
            getrlimit(resource, &before)
            let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).prefix { $0 != " " }
            let used = try #require(rlim_t(pages)) * rlim_t(getpagesize())
            // Room for what is small, but not for the stack of a thread.
            var little = rlimit(rlim_cur: used + 1 << 20, rlim_max: before.rlim_max)
            setrlimit(resource, &little)

            weak var held: Held?
            var code: Int32 = 0
            // Stacks of threads that have ended are used again first.
            for _ in 0..<1_000 where code == 0 {
                let object = Held()
                held = object
                code = SystemThread.start("one-too-many") { withExtendedLifetime(object) { while true { pause() } } }
            }

            setrlimit(resource, &before)
            exit(code == EAGAIN && held == nil ? 0 : 1)
        }
    }
}

private let isSanitized = ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(nil, name) != nil }
