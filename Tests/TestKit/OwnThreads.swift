import Foundation
public import Testing

/// Runs a test on threads of its own, one for each step between two of its `await`s. For tests that compute or block for
/// long: the few threads that all other tests and their servers share stay free.
public struct OwnThreadsTrait: TestTrait, SuiteTrait, TestScoping {
    /// Holds for every test of a suite.
    public var isRecursive: Bool { true }

    public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        testCase == nil ? nil : self
    }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(OwnThreads.shared) { try await function() }
    }
}

extension Trait where Self == OwnThreadsTrait {
    /// Runs the test, or each test of the suite, on threads of its own.
    public static var onOwnThreads: Self { OwnThreadsTrait() }
}

private final class OwnThreads: TaskExecutor {
    static let shared = OwnThreads()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
