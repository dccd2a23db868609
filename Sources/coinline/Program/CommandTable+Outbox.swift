import Arguments

// The commands around what waits on disk, and what was refused for good.
extension CommandTable {
    static let outbox = Command(
        "outbox", summary: "Show what waits on disk to be sent",
        discussion:
            "For every destination: points, batches, their size and age, whether a running process sends them, what "
            + "went wrong last, and dead letters. Reads the data folder only; asks nobody and changes nothing.",
        options: [json])

    static let outboxFlush = Command(
        "outbox flush", summary: "Send what waits on disk now",
        discussion:
            "For every destination that the settings name. Gives up when nothing has changed for 10 seconds; what is "
            + "left stays on disk. Where another process sends already, it is waited for. Ends with 0 only if nothing "
            + "is left and nothing was refused.",
        options: [json])

    static let outboxExport = Command(
        "outbox export", summary: "Copy what waits on disk, to be sent from elsewhere",
        discussion:
            "Every batch becomes DIR/<destination>/<bucket>/<file>, with the mark of real or simulated data beside "
            + "it. Nothing is taken away, and no other file of DIR is replaced. coinline load sends the copies, into "
            + "the bucket that is set there.",
        options: [json], positionals: [Positional("DIR", help: "Where to; made when it is missing.")],
        examples: [Example("outbox export /mnt/usb/points", help: "then there: coinline load …/main/…/*.lp.gz")])

    private static let destination = Option(
        "destination", argument: "NAME",
        help: "Only those for this destination: main, store, or one of COINLINE_DESTINATIONS.")

    private static let letters = [
        Positional(
            "NAME", isRequired: false, isRepeatable: true,
            help: "As the list shows it, or the path of the letter's file.")
    ]

    static let deadLettersList = Command(
        "dead-letters list", summary: "List what destinations refused for good, the newest last",
        options: [
            Option("limit", short: "l", argument: "N", help: "Only the newest N."), destination, json,
        ])

    static let deadLettersShow = Command(
        "dead-letters show", summary: "Show whole dead letters: the line, the reason, the server's answer",
        discussion:
            "Control characters are shown as dots; the file that is named has the exact bytes. Of a whole batch the "
            + "first lines are shown, and where it lies.",
        options: [json],
        positionals: [
            Positional("NAME", isRepeatable: true, help: "As the list shows it, or the path of the letter's file.")
        ])

    static let deadLettersRetry = Command(
        "dead-letters retry", summary: "Send dead letters again, perhaps after they were edited",
        discussion:
            "The line in a letter's file may be repaired with any editor first. The server decides about it, whatever "
            + "types are known here. Its points go into the outbox like "
            + "new ones, and only when they are safe there the letter is removed: at no moment they are nowhere, and "
            + "sent twice they are stored once. A letter that cannot be read is named and kept; a point that is "
            + "refused again becomes a new letter. Ends with 0 only if everything arrived.",
        options: [
            Option("all", help: "Every letter."), destination,
            Option(
                "origin", argument: "ORIGIN", values: ["real", "simulated"],
                help: "Whose data it is, where the bucket has lost its mark."),
            json,
        ],
        positionals: letters,
        examples: [
            Example("dead-letters retry --all", help: "once the reason is mended at the server")
        ])

    static let deadLettersDiscard = Command(
        "dead-letters discard", summary: "Remove dead letters for good",
        options: [
            Option("all", help: "Every letter; needs --yes."), Option("yes", help: "Really."), destination, json,
        ],
        positionals: letters)
}
