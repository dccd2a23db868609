import Arguments

// The commands around line protocol as text.
extension CommandTable {
    private static let unit = Option(
        "precision", argument: "UNIT", values: ["ns", "us", "ms", "s"], standard: "ms", help: "The unit of the times.")

    private static let inputs = [
        Positional(
            "FILE", isRequired: false, isRepeatable: true, help: "A file, plain or gzip; without one, standard input.")
    ]

    static let lpParse = Command(
        "lp parse", summary: "Turn line protocol into JSON, one object a point",
        discussion:
            "A point becomes {\"measurement\": \"m\", \"tags\": {\"k\": \"v\"}, \"fields\": {\"a\": {\"float\": 1.5}}, "
            + "\"time\": 1760000000000}: the type of a value is float, integer, unsigned, boolean or string, "
            + "and the time is in the unit of --precision, or null. The first line of an export names its own unit. "
            + "Numbers are exact; but jq before 1.7 rounds whole numbers above 9007199254740992. Names that servers "
            + "keep for themselves (time, those that begin with _, and the tags table and result) are read; lp encode "
            + "and load refuse them."
            + "\n\nA bad line is left out and told on standard error as line:column: reason, the column in bytes from "
            + "1, with the file in front where one is named; then the exit code is 1. Needs no settings.",
        options: [unit], positionals: inputs,
        examples: [
            Example("lp parse backup.lp.gz | jq .measurement", help: "what a file holds"),
            Example("lp parse --precision ns < points.lp > /dev/null", help: "only check it"),
        ])

    static let lpEncode = Command(
        "lp encode", summary: "Turn such JSON into line protocol",
        discussion:
            "Takes the objects of lp parse one behind the other, on lines or not, or in an array; \"tags\" and "
            + "\"time\" may be left out. Names that servers keep for themselves (time, those that begin with _, and "
            + "the tags table and result) are refused. Writes every point in one form: tags sorted, those without a "
            + "value left out. An object that is no point, or that no line can hold, is left out and told as "
            + "line:column: reason; then the exit code is 1. Needs no settings.",
        options: [
            unit,
            Option(
                "dialect", argument: "SERVER", values: LineText.dialects.map(\.name), standard: "influx2",
                help: "Whose rules to write by."),
        ],
        positionals: inputs,
        examples: [
            Example("lp encode < points.json > points.lp", help: "points made by a script")
        ])

    static let export = Command(
        "export", summary: "Write the embedded store as line protocol, every value as it came",
        discussion:
            "Each measurement's points by time, behind a comment that tells load whose data it is and the unit of its "
            + "times. The same points are the same bytes. A time with a part finer than --precision is never cut but "
            + "refused, before anything is written. A row that another program wrote and no line can hold is left out "
            + "and told; then the exit code is 1. May run beside a collector, and sees one moment of it.",
        options: [
            Option("measurement", argument: "M", isRepeatable: true, help: "Only this one. Without it, all."),
            Option("since", argument: "TIME", help: "From this time on, such as 2026-01-01T00:00:00Z or 2026-01-01."),
            Option("until", argument: "TIME", help: "Before this time."),
            unit,
            Option(
                "output", short: "o", argument: "FILE",
                help: "A file instead of standard output (-), there once it is whole; gzip if its name ends in .gz."),
        ],
        examples: [
            Example("export --output backup.lp.gz", help: "coinline load brings it back"),
            Example("export --measurement cryptocurrency_data --since 2026-01-01T00:00:00Z", help: "a part of it"),
        ])
}
