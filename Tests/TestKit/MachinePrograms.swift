import Foundation
public import Testing

/// Programs of the machine that tests use beside our own (`Scripts/setup.sh test` installs them).
public enum MachinePrograms {
    private static let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]

    /// The path of one of them, or nil.
    public static func find(_ name: String) -> String? {
        folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The path of one of them. Throws where it is not installed.
    public static func path(_ name: String) throws -> String {
        guard let path = find(name) else { throw TestKitError("\(name) is not installed: run Scripts/setup.sh test") }
        return path
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where one of these programs is not installed, but in the automatic build.
    public static func requiresPrograms(_ names: String...) -> Self {
        let missing = names.filter { MachinePrograms.find($0) == nil }
        return .enabled(
            if: missing.isEmpty || isContinuousIntegration,
            "not installed: \(missing.joined(separator: ", ")) (Scripts/setup.sh test)")
    }
}
