extension OutsidePackage {
    /// A line that no example prints, and the number of the example behind it.
    static let mark = "--- example "

    /// The examples of `LineProtocol`, which stand for themselves.
    static func parts(_ blocks: [Documentation.Block]) -> String {
        program(blocks, importing: "LineProtocol", given: "", parameters: "") { _ in "" }
    }

    /// The examples of `InfluxWriter`, with what they are given: `client URL CLOSED-URL FOLDER`.
    static func client(_ blocks: [Documentation.Block]) -> String {
        let blocks = blocks.map { block in
            Documentation.Block(
                file: block.file, text: block.text.replacing("\"http://localhost:8086\"", with: "Given.url"),
                output: block.output)
        }
        let parameters = """
            database: any Destination, unreachable: any Destination, folder: String, bucket: Bucket, points: [Point]
            """
        return program(blocks, importing: "InfluxWriter", given: given, parameters: parameters) { number in
            """
            database: Given.database(Given.url), unreachable: Given.database(Given.closedURL), \
            folder: "\\(Given.folder)/\(number)", bucket: Bucket("home"), points: Given.points
            """
        }
    }

    /// Each example as the body of a function, and calls of all.
    private static func program(
        _ blocks: [Documentation.Block], importing module: String, given: String, parameters: String,
        arguments: (Int) -> String
    ) -> String {
        let bodies = blocks.map { $0.text.replacing("import \(module)\n", with: "") }
        let functions = bodies.enumerated().map { "func example\($0)(\(parameters)) async throws {\n\($1)}\n" }
        let calls = bodies.indices.map { number in
            "print(\"\(mark)\(number)\")\ntry await example\(number)(\(arguments(number)))\n"
        }
        return (["import \(module)\n", given] + functions + calls).joined(separator: "\n")
    }

    /// What the examples call by these names, as the documentation says.
    private static let given = """
        enum Given {
            static let url = CommandLine.arguments[1]
            static let closedURL = CommandLine.arguments[2]
            static let folder = CommandLine.arguments[3]

            static let points = (0..<3).map { hour in
                Point(
                    measurement: "weather", tags: [Tag("station", "Lyon")],
                    fields: [Field("temperature", .float(11 + Double(hour) / 2))],
                    time: Timestamp(1_760_000_000 + Int64(hour) * 3_600, precision: .seconds))
            }

            static func database(_ url: String) throws -> any Destination {
                var server = InfluxDB.Configuration(url: url)
                server.organization = "mountains"
                server.token = Token("token-of-the-station")
                return try InfluxDB(server)
            }
        }

        """
}
