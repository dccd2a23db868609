import Foundation
import TestKit
import Testing

@Suite("The toolchain of the tests of the products")
struct ToolchainTests {
    /// A folder with a `swift` that starts the machine's, when the home folder is the right one.
    private func proxy(in folder: TemporaryFolder, home: String) async throws -> [String: String] {
        let real = try await Toolchain(folder: try TemporaryFolder()).programs
        try FileManager.default.createDirectory(atPath: folder.file("proxy"), withIntermediateDirectories: true)
        let script = "#!/bin/sh\n[ \"$HOME\" = \(home) ] || exit 1\nexec '\(real)/swift' \"$@\"\n"
        try await folder.writeProgram(script, to: "proxy/swift")
        return ["PATH": folder.file("proxy") + ":/usr/bin:/bin", "HOME": home]
    }

    @Test("behind a link or a program that starts another, the compiler's own folder is found")
    func programs() async throws {
        let folder = try TemporaryFolder()
        let direct = try await Toolchain(folder: folder)
        var environment = try await proxy(in: folder, home: "/home-of-somebody")
        let started = try await Toolchain(folder: try TemporaryFolder(), environment: environment)
        try FileManager.default.createDirectory(atPath: folder.file("link"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link/swift"), withDestinationPath: direct.programs + "/swift")
        environment["PATH"] = folder.file("link") + ":/usr/bin:/bin"
        let linked = try await Toolchain(folder: try TemporaryFolder(), environment: environment)
        let version = try await started.tool("swiftc", ["--version"]).result()

        #expect(started.programs == direct.programs && linked.programs == direct.programs)
        #expect(version.exitCode == 0 && version.outputText.contains("Swift version"), "\(version)")
    }

    @Test("libraries that a description names are provided with it, and never those that only this package uses")
    func libraries() async throws {
        let folder = try TemporaryFolder()
        for (name, requirements) in [
            ("one", "Requires: two >= 1.5\nRequires.private: three, sqlite3"), ("two", "Requires.private: one four"),
            ("three", ""), ("four", "Requires: libmicrohttpd"), ("five", ""), ("sqlite3", ""), ("libmicrohttpd", ""),
        ] {
            try folder.write("Name: \(name)\nDescription: d\nVersion: 2\n\(requirements)\n", to: "\(name).pc")
        }
        let toolchain = try await Toolchain(folder: try TemporaryFolder())
        try await toolchain.provide(["one"], environment: ["PKG_CONFIG_LIBDIR": folder.path])

        #expect(try toolchain.provided == ["four.pc", "one.pc", "three.pc", "two.pc"])
        await #expect(throws: TestKitError.self) {
            try await toolchain.provide(["absent"], environment: ["PKG_CONFIG_LIBDIR": folder.path])
        }
    }
}
