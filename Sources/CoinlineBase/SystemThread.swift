import Glibc

/// A thread of its own for what waits or blocks, which the shared pool must not.
public enum SystemThread {
    private final class Start {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body` and ends with it. Gives 0, or the system's error code where there is no thread;
    /// `body` is then let go without having run.
    ///
    /// No signal is delivered there, nor on threads that it starts itself: signals are for the threads that wait for
    /// them.
    ///
    /// - Parameter name: what debuggers and `ps -T` show, cut to the 15 bytes that Linux keeps.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
        // The mask is inherited, so there is no moment at which the thread would take a signal.
        var blocked = withoutSignals
        var before = sigset_t()
        unsafe pthread_sigmask(SIG_SETMASK, &blocked, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        // The reference made here is taken over by the thread, or given back below where there is none.
        let start = unsafe Unmanaged.passRetained(
            Start {
                show(name)
                body()
            })
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            return code
        }
        pthread_detach(thread)
        return 0
    }

    /// All but those by which the system tells a thread of its own fault: blocked, they would end the process before
    /// anybody could say where.
    private static var withoutSignals: sigset_t {
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP] { unsafe sigdelset(&signals, fault) }
        return signals
    }

    /// Tells the system the name of the calling thread. Without /proc it has none: the name is for people who look, and
    /// nothing else depends on it.
    private static func show(_ name: String) {
        let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        unsafe Array(name.utf8.prefix(15)).withUnsafeBytes { bytes in
            _ = unsafe write(file, bytes.baseAddress, bytes.count)
        }
    }
}
