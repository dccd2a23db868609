import Foundation

/// The servers that `Tests/servers.sh` unpacks.
public enum TestServers {
    /// `COINLINE_SERVERS`, or `.build/servers` in the package.
    public static let folder: String? =
        ProcessInfo.processInfo.environment["COINLINE_SERVERS"] ?? PackageFolder.path.map { $0 + "/.build/servers" }

    /// Whether all of them are there.
    public static var arePresent: Bool {
        ["influxd", "victoria-metrics", "prometheus", "promtool"].allSatisfy { (try? program($0)) != nil }
    }

    /// The path of one of them. Throws when it is not unpacked.
    public static func program(_ name: String) throws -> String {
        guard let folder else { throw TestKitError("no package folder") }
        let path = "\(folder)/usr/bin/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestKitError("\(path) is missing: run Tests/servers.sh")
        }
        return path
    }
}
