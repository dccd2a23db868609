// swift-tools-version: 6.2
import PackageDescription

/// What every target is held to; the reasons are in `docs/architecture.md`.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Tests use Foundation for processes and files, which is not written for strict memory safety.
let relaxed: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: strict)
}

func tests(of name: String, with others: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + others, resources: resources, swiftSettings: relaxed
    )
}

let package = Package(
    name: "coinline",
    products: [
        .library(name: "LineProtocol", targets: ["LineProtocol"]),
        .library(name: "InfluxWriter", targets: ["InfluxWriter"]),
    ],
    targets: [
        // The system's C libraries.
        .systemLibrary(name: "CCoinlineCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCoinlineZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Rooms, from the ground up. A room imports only what stands here.
        room("CoinlineBase"),
        room("CoinlineFiles", ["CoinlineBase"]),
        room("CoinlineJSON"),
        room("CoinlineCompression", ["CCoinlineZlib"]),
        room("CoinlineHTTP", ["CCoinlineCurl", "CoinlineBase"]),
        room("LineProtocol"),
        room(
            "InfluxWriter",
            ["LineProtocol", "CoinlineHTTP", "CoinlineCompression", "CoinlineFiles", "CoinlineJSON", "CoinlineBase"]),
        room("HTTPServer", ["CMicrohttpd", "CLinux", "CoinlineBase"]),
        room("MarketData", ["LineProtocol"]),
        room("MarketSources", ["MarketData", "LineProtocol", "CoinlineHTTP", "CoinlineJSON", "CoinlineBase"]),
        room(
            "MarketStore",
            ["CSQLite", "LineProtocol", "InfluxWriter", "CoinlineCompression", "CoinlineFiles", "CoinlineBase"]),
        room("Settings", ["CoinlineBase"]),
        room("Arguments", ["CoinlineBase"]),
        room("Telemetry", ["CoinlineBase", "CoinlineJSON"]),
        room("MarketSimulator", ["MarketData", "HTTPServer", "CoinlineJSON", "CoinlineBase"]),
        room(
            "Collector",
            [
                "MarketSources", "MarketData", "LineProtocol", "InfluxWriter", "MarketStore", "Settings",
                "CoinlineFiles", "CoinlineJSON", "CoinlineCompression", "CoinlineBase",
            ]),
        .executableTarget(
            name: "coinline",
            dependencies: [
                "Arguments", "Settings", "Collector", "MarketSources", "MarketData", "MarketStore", "MarketSimulator",
                "InfluxWriter", "LineProtocol", "HTTPServer", "Telemetry", "CoinlineHTTP", "CoinlineFiles",
                "CoinlineJSON", "CoinlineBase",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "LineProtocol", "InfluxWriter", "MarketSimulator", "HTTPServer", "CoinlineCompression", "CoinlineJSON",
                "CoinlineBase",
            ],
            path: "Benchmarks", exclude: ["README.md"], swiftSettings: strict),

        // Tests: one folder a room, and the tree itself.
        .target(
            name: "TestKit",
            dependencies: ["HTTPServer", "CoinlineCompression", "CoinlineJSON", "CoinlineBase"],
            path: "Tests/TestKit", swiftSettings: relaxed),
        tests(
            of: "TestKit",
            with: ["HTTPServer", "CoinlineHTTP", "CoinlineCompression", "CoinlineJSON", "CoinlineBase"]),
        tests(of: "CoinlineBase", with: ["TestKit"]),
        tests(of: "CoinlineFiles", with: ["CoinlineBase", "TestKit"]),
        tests(of: "CoinlineJSON", with: ["TestKit"]),
        tests(of: "CoinlineCompression", with: ["TestKit"]),
        tests(of: "CoinlineHTTP", with: ["CoinlineBase", "HTTPServer", "TestKit"]),
        tests(of: "LineProtocol", with: ["CoinlineJSON", "CoinlineCompression", "CoinlineBase", "TestKit"]),
        tests(
            of: "InfluxWriter",
            with: [
                "LineProtocol", "CoinlineHTTP", "CoinlineCompression", "CoinlineFiles", "CoinlineJSON", "CoinlineBase",
                "HTTPServer", "TestKit",
            ]),
        tests(of: "HTTPServer", with: ["CoinlineBase", "TestKit"]),
        tests(of: "MarketData", with: ["LineProtocol", "TestKit"]),
        tests(
            of: "MarketSources",
            with: [
                "MarketData", "LineProtocol", "CoinlineHTTP", "CoinlineJSON", "CoinlineBase", "HTTPServer", "TestKit",
            ]),
        tests(
            of: "MarketStore",
            with: ["LineProtocol", "InfluxWriter", "CoinlineCompression", "CoinlineBase", "TestKit"]),
        tests(of: "Settings", with: ["CoinlineBase", "TestKit"]),
        tests(of: "Arguments", with: ["TestKit"]),
        tests(of: "Telemetry", with: ["CoinlineBase"]),
        tests(
            of: "MarketSimulator",
            with: ["MarketData", "CoinlineJSON", "CoinlineBase", "TestKit"]),
        tests(
            of: "Collector",
            with: [
                "MarketSources", "MarketData", "LineProtocol", "InfluxWriter", "MarketStore", "Settings",
                "MarketSimulator", "HTTPServer", "CoinlineHTTP", "CoinlineFiles", "CoinlineJSON",
                "CoinlineCompression", "CoinlineBase", "TestKit",
            ]),
        // The compiled program, as a user runs it, against real servers.
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "coinline", "TestKit", "MarketSimulator", "MarketStore", "MarketData", "HTTPServer", "LineProtocol",
                "CoinlineJSON", "CoinlineBase", "CoinlineCompression", "Settings", "Arguments",
            ],
            swiftSettings: relaxed),
        // The writer killed at every step, and the law that no accepted point is lost; `ChaosWriter` is what is killed.
        .executableTarget(
            name: "ChaosWriter", dependencies: ["InfluxWriter", "LineProtocol", "CoinlineBase"],
            path: "Tests/ChaosWriter", swiftSettings: relaxed),
        .testTarget(
            name: "ChaosTests",
            dependencies: [
                "ChaosWriter", "InfluxWriter", "LineProtocol", "HTTPServer", "CoinlineCompression",
                "CoinlineJSON", "CoinlineBase", "TestKit",
            ],
            swiftSettings: relaxed),
        // What reads bytes from outside, fed with damaged ones.
        .testTarget(
            name: "FuzzTests",
            dependencies: ["LineProtocol", "InfluxWriter", "CoinlineCompression", "CoinlineJSON", "TestKit"],
            swiftSettings: relaxed),
        // The two library products, as somebody else's package builds them, and their documentation.
        .testTarget(name: "ProductTests", dependencies: ["TestKit"], swiftSettings: relaxed),
        .testTarget(name: "TidyTests", dependencies: [], swiftSettings: relaxed),
    ]
)
