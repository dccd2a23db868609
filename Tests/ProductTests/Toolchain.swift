import Foundation
import TestKit

/// Swift's package manager, with nothing of this machine's but the compiler: caches and settings of its own, and a path of
/// `pkg-config` with libcurl and zlib, what these name, and nothing else.
struct Toolchain: Sendable {
    /// Where compiler, package manager and their tools are.
    let programs: String
    private let folder: TemporaryFolder

    /// - Parameter environment: has the `swift` of this machine in its path. What stands there may be a link to the compiler,
    ///   or a program that looks in the home folder for the one to start.
    init(
        folder: TemporaryFolder, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws {
        self.folder = folder
        programs = try await Self.programs(environment)
        for name in ["home", "bin", "pkgconfig"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        // The package manager reads the files itself, and asks the program only where they are.
        try await folder.writeProgram("#!/bin/sh\necho '\(folder.file("pkgconfig"))'\n", to: "bin/pkg-config")
    }

    /// A tool beside the compiler.
    func tool(_ name: String, _ arguments: [String]) -> ProgramRun {
        var run = ProgramRun("\(programs)/\(name)", arguments)
        run.environment["HOME"] = folder.file("home")
        run.environment["PATH"] = "\(folder.file("bin")):\(programs):/usr/bin:/bin"
        run.deadline = .seconds(600)
        // Compilers that outlive the build would write into a folder that is being removed.
        run.endsSession = true
        return run
    }

    /// `swift build …` in a package, behind other work of the machine.
    func run(_ arguments: [String], in package: String) -> ProgramRun {
        let own = ["cache", "config", "security"].flatMap { ["--\($0)-path", folder.file($0)] }
        var run = tool("swift", [])
        run.arguments = ["-n", "10", run.program] + arguments + own
        run.program = "/usr/bin/nice"
        run.folder = package
        return run
    }

    // MARK: The compiler

    private static func programs(_ environment: [String: String]) async throws -> String {
        let places = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/swift" }
        guard let swift = places.first(where: FileManager.default.isExecutableFile) else {
            throw TestKitError("no swift in PATH")
        }
        var run = ProgramRun(swift, ["-print-target-info"])
        run.environment = environment
        let result = try await run.result()
        guard result.exitCode == 0, let info = try? JSONDecoder().decode(TargetInfo.self, from: Data(result.output))
        else { throw TestKitError("\(swift) does not say where it is: \(result)") }
        // `usr/lib/swift` in the toolchain.
        let lib = (info.paths.runtimeResourcePath as NSString).deletingLastPathComponent
        let programs = (lib as NSString).deletingLastPathComponent + "/bin"
        guard FileManager.default.isExecutableFile(atPath: programs + "/swift") else {
            throw TestKitError("no swift in \(programs)")
        }
        return programs
    }

    // MARK: Libraries

    /// Libraries that this package uses and its products do not.
    static let others: Set<String> = ["libmicrohttpd", "sqlite3"]

    /// Copies the descriptions of libraries, and of those that they name, to where the package manager finds them.
    func provide(_ names: [String], environment: [String: String] = [:]) async throws {
        var wanted = names
        var known = Self.others
        while let name = wanted.popLast() {
            guard known.insert(name).inserted else { continue }
            guard let place = try await packageConfig(["--variable=pcfiledir", name], environment).first else {
                throw TestKitError("pkg-config does not know \(name)")
            }
            try FileManager.default.copyItem(
                atPath: "\(place)/\(name).pc", toPath: folder.file("pkgconfig/\(name).pc"))
            wanted += try await packageConfig(
                ["--print-requires", "--print-requires-private", name], environment)
        }
    }

    /// Where the descriptions are.
    var provided: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.file("pkgconfig")).sorted() }
    }

    /// The first word of each line: what stands behind a name is a version.
    private func packageConfig(_ arguments: [String], _ environment: [String: String]) async throws -> [String] {
        var run = ProgramRun("/usr/bin/pkg-config", arguments)
        run.environment.merge(environment) { $1 }
        let result = try await run.result()
        guard result.exitCode == 0 else { throw TestKitError("pkg-config \(arguments): \(result)") }
        return result.outputText.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }
}

/// What `swift -print-target-info` says, as far as it matters here.
private struct TargetInfo: Decodable {
    struct Paths: Decodable {
        let runtimeResourcePath: String
    }

    let paths: Paths
}
