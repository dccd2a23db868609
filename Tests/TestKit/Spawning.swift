import Foundation

/// The system calls that start a program with its streams on files.
struct Spawning: Sendable {
    /// `POSIX_SPAWN_SETSID` of glibc, whose header shows it only to those who ask for GNU extensions.
    private static let setsid: Int32 = 0x80

    private typealias Closing = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// Closes every descriptor from a number on, in the program; glibc, since 2.34, keeps it from the same.
    private static let addClosing = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
        unsafeBitCast($0, to: Closing.self)
    }

    let run: ProgramRun
    let folder: TemporaryFolder

    init(_ run: ProgramRun, folder: TemporaryFolder) {
        (self.run, self.folder) = (run, folder)
    }

    /// To be called on the thread that waits for the program's end: when that thread goes, with the whole test process, the
    /// program is killed (`setpriv --pdeathsig`, where the machine has it), and no server is left behind.
    func spawn() throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let written = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, folder.file("input"), O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder.file("output"), written, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, folder.file("errors"), written, 0o600)
        // Nothing else is inherited: a pipe that another test makes at this moment would not end with that test.
        _ = Self.addClosing?(&actions, 3)

        // The tests' own signal settings are not the program's.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // A session, since a build system gives each of its children a process group of its own.
        let session = run.endsSession ? Self.setsid : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | session))

        guard FileManager.default.isExecutableFile(atPath: run.program) else {
            throw TestKitError("no program \(run.program)")
        }
        let words = prefix() + [run.program] + run.arguments
        var pid: Int32 = 0
        let code = withCStrings(words) { words in
            withCStrings(run.environment.map { "\($0)=\($1)" }.sorted()) { environment in
                // The first word is there: it is the program, or what becomes it.
                words[0].map { posix_spawn(&pid, $0, &actions, &attributes, words, environment) } ?? EINVAL
            }
        }
        guard code == 0 else { throw TestKitError("cannot start \(run.program): \(String(cString: strerror(code)))") }
        return pid
    }

    /// Programs that set something and then become the one that is meant, under the same number.
    private func prefix() -> [String] {
        let keeper = "/usr/bin/setpriv"
        let isKept = FileManager.default.isExecutableFile(atPath: keeper)
        let folder = run.folder.map { ["/usr/bin/env", "-C", $0] } ?? []
        return (isKept ? [keeper, "--pdeathsig", "KILL", "--"] : []) + folder
    }

    /// `body` gets an array of C strings that ends with nil, valid during the call.
    private func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}
