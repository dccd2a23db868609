import CoinlineFiles
import Foundation
import Testing

@Suite("KillPoint")
struct KillPointTests {
    #if FAULTS
        private static let end = ExitTest.Condition.signal(SIGKILL)
    #else
        private static let end = ExitTest.Condition.success
    #endif

    @Test("a point kills the process in a build with them, and is nothing in any other")
    func point() async {
        await #expect(processExitsWith: Self.end) {
            setenv("COINLINE_FAULT", "a-point-of-the-test:1", 1)
            KillPoint.pass("another-point")
            KillPoint.pass("a-point-of-the-test")
        }
    }
}
