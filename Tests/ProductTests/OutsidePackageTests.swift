import Foundation
import TestKit
import Testing

@Suite("The products, built by somebody else's package", .plainLaneOnly, .requiresCheckout, .outsidePackage)
struct OutsidePackageTests {
    @Test("the build says no word of warning, where pkg-config knows neither libmicrohttpd nor SQLite")
    func warnings() throws {
        let log = try OutsidePackage.current().log

        #expect(log.contains("Build complete!"))
        #expect(!log.contains("warning") && !log.contains("error"), "\(log)")
    }

    @Test("where a library is missing that a package does need, the same build warns")
    func counterCheck() async throws {
        let package = try OutsidePackage.current()
        let folder = package.folder.file("needy")
        let others = Toolchain.others.sorted()
        let targets = others.map {
            ".systemLibrary(name: \"C\($0)\", pkgConfig: \"\($0)\", providers: [.apt([\"\($0)-dev\"])])"
        }
        let files = [
            "Package.swift": """
            // swift-tools-version: 6.2
            import PackageDescription
            let package = Package(
                name: "needy",
                targets: [
                    \(targets.joined(separator: ",\n")),
                    .executableTarget(name: "needy", dependencies: [\(others.map { "\"C\($0)\"" }.joined(separator: ", "))]),
                ])

            """,
            "Sources/needy/main.swift": "\n", "Sources/Clibmicrohttpd/module.modulemap": "module Clibmicrohttpd {}\n",
            "Sources/Csqlite3/module.modulemap": "module Csqlite3 {}\n",
        ]
        for (name, text) in files {
            let path = "\(folder)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let build = try await package.swift.run(["build"], in: folder).result()

        for name in others {
            #expect(
                (build.outputText + build.errorText).contains("warning: you may be able to install \(name)"), "\(build)"
            )
        }
    }

    @Test("a package may have targets named Base, CCurl, API, Settings and HTTPServer, which stay its own")
    func names() async throws {
        let result = try await OutsidePackage.current().program("names").result()

        #expect(result.exitCode == 0, "\(result)")
        #expect(result.outputText == "us us us us libcurl/\nv2 seconds\n", "\(result)")
    }

    @Test("what uses LineProtocol alone is linked with no C library of this package; the client with two")
    func libraries() async throws {
        let package = try OutsidePackage.current()
        let parts = try await ProgramRun("/usr/bin/ldd", ["\(package.products)/parts"]).result()
        let readings = try await ProgramRun("/usr/bin/ldd", ["\(package.products)/readings"]).result()

        #expect(parts.exitCode == 0 && parts.outputText.contains("libc.so"), "\(parts)")
        for name in ["libcurl", "libz.", "libmicrohttpd", "libsqlite3", "Foundation"] {
            #expect(!parts.outputText.contains(name), "\(name): \(parts)")
        }
        #expect(readings.outputText.contains("libcurl") && readings.outputText.contains("libz."), "\(readings)")
        for name in ["libmicrohttpd", "libsqlite3", "Foundation"] {
            #expect(!readings.outputText.contains(name), "\(name): \(readings)")
        }
    }

    private func examples(_ program: ProgramRun, _ parts: [Documentation.Block], countMin: Int) async throws {
        let result = try await program.result()
        let outputs = result.outputText.components(separatedBy: OutsidePackage.mark).dropFirst().map { output in
            output.drop { $0 != "\n" }.dropFirst()
        }

        #expect(result.exitCode == 0, "\(result)")
        #expect(parts.filter { $0.output != nil }.count >= countMin && outputs.count == parts.count)
        for (part, output) in zip(parts, outputs) {
            #expect(
                (part.output ?? "") == output, "\(part.file) prints \(output), and shows \(part.output ?? "nothing")")
        }
    }

    @Test("every example of LineProtocol prints what stands below it")
    func lineProtocolExamples() async throws {
        let package = try OutsidePackage.current()

        try await examples(package.program("parts"), package.documentation.parts, countMin: 15)
    }

    @Test("every example of InfluxWriter prints what stands below it")
    func writerExamples() async throws {
        let package = try OutsidePackage.current()
        let server = try FakeInfluxDB2(
            FakeInfluxDB2.Configuration(
                organization: "mountains", organizationID: "94448bf527b570fd",
                buckets: [
                    FakeInfluxDB2.Bucket("home", id: "1e3caa06a3c78a6e"),
                    FakeInfluxDB2.Bucket("archive", id: "1e3caa06a3c78a6f"),
                ], tokens: [.operator("token-of-the-station")]))
        let flux = """
            from(bucket: "home")
                |> range(start: 2025-10-01T00:00:00Z)
                |> filter(fn: (r) => r._measurement == "weather")
                |> count()
            """
        server.register(flux: flux) { _ in
            [FakeInfluxDB2.Table(columns: [FakeInfluxDB2.Table.Column("_value", .long)], rows: [[.long(60)]])]
        }
        let program = package.program("client", [server.url, Self.closedURL, package.folder.file("examples")])

        try await examples(program, package.documentation.clientParts, countMin: 14)
        await server.stop()
    }

    /// Nobody listens where only the system itself might.
    private static let closedURL = "http://127.0.0.1:1"

    @Test("everything that the writer offers can be used from outside, and does what it says")
    func surface() async throws {
        let package = try OutsidePackage.current()
        let arguments = [package.folder.file("surface"), Self.closedURL]
        let result = try await package.program("surface", arguments).result()

        #expect(result.exitCode == 0, "\(result)")
        #expect(result.outputText == OutsidePackage.surfaceOutput, "\(result)")
    }

    @Test("the program of the documentation writes to InfluxDB 1, as often as one likes", .requiresTestServers)
    func influxDB1() async throws {
        let package = try OutsidePackage.current()
        let server = try await InfluxDB1.start()
        try await server.createDatabase("home")

        let folder = package.folder.file("influxdb1")
        for _ in 1...2 {
            let result = try await package.program("readings", [folder, server.url, "home"]).result()
            #expect(result.exitCode == 0, "\(result)")
            #expect(
                result.outputText == "home is ready\n60 points are stored, 0 wait, 0 were refused\n", "\(result)")
        }
        let series = try await server.series("SELECT * FROM weather", database: "home", epoch: "s").first
        let missing = try await package.program("readings", [folder, server.url, "elsewhere"]).result()
        await server.stop()

        #expect(series?.columns.sorted() == ["gusts", "station", "temperature", "time"])
        #expect(series?.texts("time").count == 60)
        #expect(series?.texts("time").first == "1760000000" && series?.texts("time").last == "1760003540")
        #expect(series?.texts("temperature").first == "-3.5" && series?.texts("temperature").last == "3.875")
        #expect(series?.texts("station").first == #""Mount Hood""#)
        // It stops at the check, with a message and without a point.
        #expect(missing.exitCode != 0 && missing.errorText.contains("notFound"), "\(missing)")
    }

    @Test("the same program writes over the API of InfluxDB 2", .requiresTestServers)
    func victoriaMetrics() async throws {
        let package = try OutsidePackage.current()
        let server = try await VictoriaMetrics.start()

        let arguments = [package.folder.file("victoria-metrics"), server.url, "home", "we", "token-5f1d"]
        let result = try await package.program("readings", arguments).result()
        let series = try await server.export(#"{__name__="weather_temperature"}"#)
        await server.stop()

        #expect(result.exitCode == 0, "\(result)")
        #expect(
            result.outputText.hasPrefix("perhaps: ")
                && result.outputText.hasSuffix("\n60 points are stored, 0 wait, 0 were refused\n"),
            "\(result)")
        #expect(!(result.outputText + result.errorText).contains("token-5f1d"))
        #expect(series.first?.values.count == 60 && series.first?.values.first == -3.5)
        #expect(series.first?.labels["station"] == "Mount Hood")
    }
}
