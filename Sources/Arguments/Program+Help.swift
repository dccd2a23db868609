import CoinlineBase

extension Program {
    /// The help of a command of the table, of a family (`lp`), or of the program, ending with a line end.
    public func help(for commandName: String? = nil, width: Int = 80) -> String {
        let page = HelpPage(width: width)
        let command = commandName.flatMap { self.command(named: $0) }
        let family = commandName.map { self.family($0) } ?? []
        let all =
            command.map { sections(of: $0, page) }
            ?? (family.isEmpty ? sections(page) : sections(ofFamily: commandName ?? "", family, page))
        return all.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private func sections(_ page: HelpPage) -> [String] {
        let visible = commands.filter { !$0.isHidden }
        return [
            page.usage("\(name) [options] <command>"), page.paragraphs(summary),
            page.list("Commands", visible.map { ($0.name, $0.summary) }),
            page.list("Options", rows(of: globals)),
            page.paragraphs("\(name) help <command> tells more about a command."), page.paragraphs(epilogue),
        ]
    }

    private func sections(ofFamily word: String, _ family: [Command], _ page: HelpPage) -> [String] {
        [
            page.usage("\(name) \(word) <command> [options]"),
            page.list("Commands", family.filter { !$0.isHidden }.map { ($0.name, $0.summary) }),
            page.list("Options of all commands", rows(of: globals)),
            page.paragraphs("\(name) help \(word) <command> tells more about a command."),
        ]
    }

    private func sections(of command: Command, _ page: HelpPage) -> [String] {
        let globals = options(of: command).dropFirst(command.options.count)
        let isAnyVisible = command.options.contains { !$0.isHidden }
        var usage = ["\(name) \(command.name)"]
        if isAnyVisible { usage.append("[options]") }
        usage += command.positionals.map(\.usage)
        return [
            page.usage(usage.joined(separator: " ")), page.paragraphs(command.summary + "."),
            page.paragraphs(command.discussion),
            page.list("Arguments", command.positionals.map { ($0.name, $0.help + Self.choice($0.values)) }),
            page.list("Options", rows(of: command.options)), page.list("Options of all commands", rows(of: globals)),
            page.list("Further commands", family(command.name).filter { !$0.isHidden }.map { ($0.name, $0.summary) }),
            page.examples(command.examples.map { ("\(name) \($0.arguments)", $0.help) }),
        ]
    }

    private func rows(of options: some Sequence<Option>) -> [(String, String)] {
        options.filter { !$0.isHidden }.map { (Self.head(of: $0), Self.help(of: $0)) }
    }

    /// `-c, --coin CODE`, the long name in the same column with and without a letter.
    private static func head(of option: Option) -> String {
        let short = option.short.map { "-\($0), " } ?? "    "
        return short + option.spelling + (option.argument.map { " " + $0 } ?? "")
    }

    private static func help(of option: Option) -> String {
        var text = option.help
        if option.isRepeatable { text += " May be repeated." }
        text += choice(option.values)
        let facts = [option.environment, option.standard.map { "default \($0)" }].compactMap { $0 }
        return facts.isEmpty ? text : "\(text) [\(facts.joined(separator: ", "))]"
    }

    private static func choice(_ values: [String]) -> String {
        values.isEmpty ? "" : " One of \(WordList.or(values))."
    }
}

/// Sets text into columns.
private struct HelpPage {
    /// Of a line, in characters.
    let width: Int

    /// Lines longer than 100 are hard to read, and in a column narrower than this nothing can be set.
    private static let widths = 40...100
    /// A head up to here has its help beside it, a longer one above it.
    private static let columnMax = 30

    init(width: Int) {
        self.width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
    }

    func usage(_ text: String) -> String {
        Self.wrapped("Usage: " + text, to: width, hanging: 7).joined(separator: "\n")
    }

    func paragraphs(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let paragraphs = lines.split { $0.allSatisfy(\.isWhitespace) }
        return paragraphs.map { paragraph in
            Self.wrapped(paragraph.joined(separator: " "), to: width).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// A title, and two columns; nothing for an empty list.
    func list(_ title: String, _ rows: [(head: String, help: String)]) -> String {
        guard !rows.isEmpty else { return "" }
        let column = min(rows.map { $0.head.count }.max() ?? 0, min(Self.columnMax, width / 2)) + 4
        var lines = ["\(title):"]
        for row in rows {
            let help = Self.wrapped(row.help, to: width - column)
            let indent = String(repeating: " ", count: column)
            let head = "  " + row.head
            let isBeside = head.count + 2 <= column
            lines.append(isBeside ? head + indent.dropFirst(head.count) + (help.first ?? "") : head)
            lines += (isBeside ? help.dropFirst() : help[...]).map { indent + $0 }
        }
        return lines.joined(separator: "\n")
    }

    /// Each command line above what it does.
    func examples(_ examples: [(line: String, help: String)]) -> String {
        guard !examples.isEmpty else { return "" }
        let lines = examples.flatMap { example in
            ["  " + example.line] + Self.wrapped(example.help, to: width - 6).map { "      " + $0 }
        }
        return (["Examples:"] + lines).joined(separator: "\n")
    }

    /// Breaks at blanks; a word longer than a line stands alone. Lines behind the first are indented by `hanging`.
    private static func wrapped(_ text: String, to width: Int, hanging: Int = 0) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let isFirst = line.allSatisfy { $0 == " " }
            let longer = line + (isFirst ? "" : " ") + word
            if longer.count <= width || isFirst {
                line = longer
            } else {
                lines.append(line)
                line = String(repeating: " ", count: hanging) + word
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
