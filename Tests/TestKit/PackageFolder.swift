import Foundation

/// The folder that holds `Package.swift`, found from where this file was compiled. Links are followed, so that a package
/// made of links finds the real tree.
public enum PackageFolder {
    public static let path: String? = {
        var folder = (realPath(#filePath) as NSString).deletingLastPathComponent
        while folder.count > 1 {
            if FileManager.default.fileExists(atPath: folder + "/Package.swift") { return folder }
            folder = (folder as NSString).deletingLastPathComponent
        }
        return nil
    }()

    static func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// Whether this is the automatic build, in which a missing piece of the machine is a failure and no reason to skip.
public var isContinuousIntegration: Bool {
    ProcessInfo.processInfo.environment["CI"] == "true"
}
