import Foundation
import TestKit
import Testing

/// Somebody else's package that depends on a clone of this one, built once for all tests.
///
/// `readings` is the program that the documentation shows, `parts` and `client` have every other example of the two products
/// as a function and run them, `surface` uses everything that the writer offers, and `names` imports targets of its own
/// whose names stand in this package too.
struct OutsidePackage: Sendable {
    /// The tests' own: Swift Testing hands a suite's value to its tests in no other way.
    @TaskLocal static var built: OutsidePackage?

    /// Names that are taken easily. This package has had targets of the first two names, and has the last two.
    static let ownTargets = ["Base", "CCurl", "API", "Settings", "HTTPServer"]

    let folder: TemporaryFolder
    let swift: Toolchain
    let documentation: Documentation
    /// What the build said.
    let log: String
    /// Where the programs are.
    let products: String

    static func current() throws -> OutsidePackage {
        guard let built else { throw TestKitError("the package is not built") }
        return built
    }

    static func build() async throws -> OutsidePackage {
        let folder = try TemporaryFolder()
        let documentation = try Documentation()
        let swift = try await Toolchain(folder: folder)
        try await swift.provide(["libcurl", "zlib"])
        try await Package.clone(to: folder.file("coinline"))
        try writeSources(documentation, in: folder)

        let build = try await swift.run(["build"], in: folder.file("readings")).result()
        guard build.exitCode == 0 else {
            // Without the names of everything that did compile.
            let lines = (build.outputText + build.errorText).split(separator: "\n").filter { !$0.hasPrefix("[") }
            throw TestKitError("the package does not build:\n" + lines.joined(separator: "\n"))
        }
        let place = try await swift.run(["build", "--show-bin-path"], in: folder.file("readings")).result()
        return OutsidePackage(
            folder: folder, swift: swift, documentation: documentation, log: build.outputText + build.errorText,
            products: place.outputText.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    func program(_ name: String, _ arguments: [String] = []) -> ProgramRun {
        ProgramRun("\(products)/\(name)", arguments)
    }

    // MARK: Its sources

    private static func writeSources(_ documentation: Documentation, in folder: TemporaryFolder) throws {
        let shown = documentation.wholeProgram
        guard shown.count == 2 else { throw TestKitError("the article shows a manifest and a program") }
        try write(manifest(shown[0].text, folder: folder), to: "Package.swift", folder)
        try write(shown[1].text, to: "Sources/readings/main.swift", folder)
        try write(parts(documentation.parts), to: "Sources/parts/main.swift", folder)
        try write(client(documentation.clientParts), to: "Sources/client/main.swift", folder)
        try write(surface, to: "Sources/surface/main.swift", folder)
        try write(names, to: "Sources/names/main.swift", folder)
        for name in ownTargets where name != "CCurl" {
            try write("public let \(name.lowercased())Owner = \"us\"\n", to: "Sources/\(name)/\(name).swift", folder)
        }
        // As a package has it that uses libcurl by itself.
        try write("#include <curl/curl.h>\n", to: "Sources/CCurl/shim.h", folder)
        try write(
            "module CCurl [system] {\n    header \"shim.h\"\n    link \"curl\"\n    export *\n}\n",
            to: "Sources/CCurl/module.modulemap", folder)
    }

    private static func write(_ text: String, to name: String, _ folder: TemporaryFolder) throws {
        let path = folder.file("readings/" + name)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// The manifest of the documentation with the clone's address, and more targets.
    private static func manifest(_ shown: String, folder: TemporaryFolder) throws -> String {
        let address = "https://example.com/coinline.git"
        guard shown.contains(address) else { throw TestKitError("the manifest has no address to replace") }
        return shown.replacing(address, with: "file://\(folder.file("coinline"))") + """

            package.targets += [
                .target(name: "Base"), .target(name: "API"), .target(name: "Settings"), .target(name: "HTTPServer"),
                .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
                .executableTarget(
                    name: "names",
                    dependencies: [
                        "Base", "API", "Settings", "HTTPServer", "CCurl",
                        .product(name: "InfluxWriter", package: "coinline"),
                        .product(name: "LineProtocol", package: "coinline"),
                    ]),
                .executableTarget(
                    name: "parts", dependencies: [.product(name: "LineProtocol", package: "coinline")]),
                .executableTarget(
                    name: "client", dependencies: [.product(name: "InfluxWriter", package: "coinline")]),
                .executableTarget(
                    name: "surface", dependencies: [.product(name: "InfluxWriter", package: "coinline")]),
            ]

            """
    }

    private static let names = """
        import API
        import Base
        import CCurl
        import HTTPServer
        import InfluxWriter
        import Settings

        print(baseOwner, apiOwner, settingsOwner, httpserverOwner, String(cString: curl_version()).prefix(8))
        print(InfluxDB.API.v2, Precision.seconds)

        """
}

/// Builds the package before the tests of a suite, and removes it afterwards.
struct OutsidePackageTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let package = try await OutsidePackage.build()
        try await OutsidePackage.$built.withValue(package) { try await function() }
    }
}

extension Trait where Self == OutsidePackageTrait {
    static var outsidePackage: Self { OutsidePackageTrait() }
}

extension Trait where Self == ConditionTrait {
    /// A build by another process is not instrumented: under a sanitizer it would be the same build once more.
    static var plainLaneOnly: Self {
        let lane = ProcessInfo.processInfo.environment["COINLINE_LANE"] ?? "plain"
        return .enabled(
            if: lane == "plain", "the outside package is built without sanitizer: the plain lane has done that")
    }

    /// Git says what belongs to the package; in the automatic build there is no excuse.
    static var requiresCheckout: Self {
        .enabled(if: Package.isCheckout || isContinuousIntegration, "building the products needs a git checkout")
    }
}
