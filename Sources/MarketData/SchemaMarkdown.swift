import LineProtocol

extension Schema {
    /// The schema as Markdown, which `docs/schema.md` holds and a test compares.
    public static func markdown() -> String {
        var lines = [
            "# Data schema",
            "",
            "Made from the tables in `Sources/MarketData`; a test keeps the two equal.",
            "",
            "A field is written only where the upstream gave a value: a missing number is no field, never 0. Types",
            "never change. *currency* as a unit means the quote currency of the tag `currency`. Origin says who",
            "wrote a field first: LCW-Fetch, whose queries keep working, or added by Coinline. Tags of the first",
            "three measurements are exactly LCW-Fetch's.",
        ]
        for measurement in measurements { lines += section(measurement) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(_ measurement: MeasurementSchema) -> [String] {
        var lines = [
            "", "## `\(measurement.name)`", "", "\(measurement.purpose) Time: \(measurement.time).", "",
            "| Tag | Meaning |", "|---|---|",
        ]
        lines += measurement.tags.map { "| `\($0.name)` | \($0.meaning) |" }
        lines += ["", "| Field | Type | Unit | Meaning | Origin |", "|---|---|---|---|---|"]
        lines += measurement.fields.map {
            "| `\($0.name)` | \($0.type.name) | \($0.unit) | \($0.meaning) | \($0.origin.rawValue) |"
        }
        return lines
    }
}
