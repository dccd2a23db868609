import Foundation
import TestKit
import Testing

/// The builds of `ChaosWriter`.
enum Programs {
    private static func named(_ variable: String) -> String? {
        ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// With fault points compiled in (`Scripts/chaos.sh` builds it and says where it is).
    static let withFaults = named("COINLINE_CHAOS_FAULTS")

    /// As users run it (`Scripts/chaos.sh` builds that, too).
    private static let release = isPlainLane ? named("COINLINE_CHAOS_RELEASE") : nil

    /// For the log.
    static let ordinaryBuild = release == nil ? "debug build" : "release build"

    /// The release build; without one, and under a sanitizer, the tests' own.
    static func ordinary() throws -> String {
        if let release { return release }
        let folder = (try ProgramRun.testsPath() as NSString).deletingLastPathComponent
        return "\(folder)/ChaosWriter"
    }

    /// How many kills the long run makes; nil for none.
    static let longKills = named("COINLINE_CHAOS_KILLS").flatMap { Int($0) }

    /// By how much an end may take longer than what was given for it: what the machine needs, and what is given to a
    /// request that was ended. Under a sanitizer everything takes many times as long.
    static let slackMilliseconds = isPlainLane ? 8_000 : 40_000

    static let isPlainLane = (named("COINLINE_LANE") ?? "plain") == "plain"
}

extension ProgramRun {
    /// The running tests.
    fileprivate static func testsPath() throws -> String {
        let tests = [
            CommandLine.arguments[0], try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
        ]
        for path in tests {
            let folder = (path as NSString).deletingLastPathComponent
            if FileManager.default.isExecutableFile(atPath: "\(folder)/ChaosWriter") { return path }
        }
        throw TestKitError("no program ChaosWriter beside the tests")
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where the build with fault points is not there, but in the automatic build. Under a sanitizer the
    /// killed program is none of what is being looked at.
    static var requiresFaults: Self {
        .enabled(
            if: Programs.isPlainLane && (Programs.withFaults != nil || isContinuousIntegration),
            "Scripts/chaos.sh makes the build with fault points")
    }

    static var longRun: Self {
        .enabled(if: Programs.longKills != nil, "make chaos")
    }
}
