import Foundation
public import Testing

/// The folder of recorded facts beside the project: real answers of services, with what was made of them. A user's machine
/// has none.
public enum SharedFacts {
    /// `COINLINE_SHARED`, or `../shared` seen from the package; nil where there is no such folder.
    public static let folder: String? = {
        let environment = ProcessInfo.processInfo.environment
        let candidates = [environment["COINLINE_SHARED"], PackageFolder.path.map { $0 + "/../shared" }]
        for candidate in candidates.compactMap(\.self) where isFolder(candidate) {
            return PackageFolder.realPath(candidate)
        }
        return nil
    }()

    public static var isPresent: Bool { folder != nil }

    /// A path in the folder; nil where the folder is absent.
    public static func path(_ name: String) -> String? {
        folder.map { "\($0)/\(name)" }
    }

    /// The bytes of a file in the folder. Throws where it cannot be read.
    public static func file(_ name: String) throws -> [UInt8] {
        guard let path = path(name) else { throw TestKitError("no folder of recorded facts") }
        guard let data = FileManager.default.contents(atPath: path) else { throw TestKitError("cannot read \(path)") }
        return [UInt8](data)
    }

    /// The names in a folder of the folder, in order.
    public static func names(in name: String) throws -> [String] {
        guard let path = path(name) else { throw TestKitError("no folder of recorded facts") }
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where the recorded facts are absent, as on a user's machine.
    public static var requiresSharedFacts: Self {
        .enabled(if: SharedFacts.isPresent, "the folder of recorded facts is not here")
    }

    /// Skips a test where the test servers are not unpacked (`Tests/servers.sh`), but in the automatic build.
    public static var requiresTestServers: Self {
        .enabled(if: TestServers.arePresent || isContinuousIntegration, "run Tests/servers.sh first")
    }
}

/// Something the tests themselves need did not work.
public struct TestKitError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
