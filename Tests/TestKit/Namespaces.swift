import Foundation
public import Testing

/// Runs a test in a world of its own: user, mount and network namespaces in which it may do as root may, with a
/// loopback interface and nothing else. What it mounts and listens on, nobody outside sees. Names that the machine does
/// not know by itself are asked of 127.0.0.1, where nobody listens unless the test does (`SilentNameServer`).
///
/// The running test program cannot enter them, having threads; so it starts itself again there, for that test alone.
public struct NamespaceTrait: TestTrait, SuiteTrait, TestScoping {
    private static let variable = "COINLINE_TEST_NAMESPACE"

    /// In the new process, the file that it leaves as a proof that the test began.
    private static let proof = ProcessInfo.processInfo.environment[variable]

    public static var isInside: Bool { proof != nil }

    /// Holds for every test of a suite.
    public var isRecursive: Bool { true }

    /// The test runner bounds the cases that run at once, of which there are none outside; so this bounds the tests.
    private static let turns = Turns(2)

    /// Outside it stands for the whole test with all its arguments, inside for each case.
    public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        !test.isSuite && Self.isInside == (testCase != nil) ? self : nil
    }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        if let proof = Self.proof {
            try Data().write(to: URL(fileURLWithPath: proof))
            try await function()
        } else {
            try await startAgain(for: test)
        }
    }

    private func startAgain(for test: Test) async throws {
        let folder = try TemporaryFolder()
        let itself = PackageFolder.realPath("/proc/self/exe")
        let name = "^" + NSRegularExpression.escapedPattern(for: "\(test.id)")
        var run = try Self.entering([itself, "--testing-library", "swift-testing", "--filter", name], folder)
        run.environment = ProcessInfo.processInfo.environment
        run.environment[Self.variable] = folder.file("proof")
        // The test's own time limit holds in there.
        run.deadline = .seconds(700)
        let result = try await Self.turns.take { [run] in try await run.result() }

        let hasBegun = FileManager.default.fileExists(atPath: folder.file("proof"))
        if result.exitCode != 0 || !hasBegun {
            Issue.record("in its namespaces: \(result)", sourceLocation: test.sourceLocation)
        }
    }

    /// A command that becomes `words` in new namespaces, under the same process number.
    ///
    /// - Parameter folder: for files that must stay as long as they.
    private static func entering(_ words: [String], _ folder: TemporaryFolder) throws -> ProgramRun {
        try folder.write("nameserver 127.0.0.1\noptions timeout:30 attempts:2\n", to: "resolv.conf")
        try folder.write("hosts: files dns\n", to: "nsswitch.conf")
        // Entering another user namespace takes the wish to die with the parent away, so it is made anew.
        let script = """
            PATH="$PATH:/usr/sbin:/sbin"
            ip link set lo up && mount --bind "$0/resolv.conf" /etc/resolv.conf &&
                mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf || exit 91
            if command -v setpriv >/dev/null; then exec setpriv --pdeathsig KILL -- "$@"; fi
            exec "$@"
            """
        return ProgramRun(try MachinePrograms.path("unshare"), ["-rmn", "/bin/sh", "-c", script, folder.path] + words)
    }

    /// Whether this machine lets one have them.
    fileprivate static func isAllowed() async -> Bool {
        if isInside { return true }
        do {
            let folder = try TemporaryFolder()
            let trial = try entering(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path], folder)
            return try await trial.result().exitCode == 0
        } catch {
            return false
        }
    }
}

extension Trait where Self == NamespaceTrait {
    /// Runs the test, or each test of the suite, in namespaces of its own; goes with `requiresNamespaces`.
    public static var inNamespaces: Self { NamespaceTrait() }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where `unshare -rmn` is not allowed or a program for it is missing, but in the automatic build.
    public static var requiresNamespaces: Self {
        .enabled("namespaces of one's own (unshare -rmn, ip, mount) are not to be had here") {
            if isContinuousIntegration { return true }
            return await NamespaceTrait.isAllowed()
        }
    }
}
