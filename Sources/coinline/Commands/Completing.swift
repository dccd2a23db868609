import Arguments

/// `completions`: the script that completes command lines in a shell.
enum Completing {
    /// The same script whichever name the program was called by: it completes both.
    static func run(_ arguments: ParsedArguments, _ console: Console) -> Int32 {
        guard let word = arguments.positionals.first, let shell = Shell(rawValue: word.lowercased()) else {
            preconditionFailure("the table of commands lets another shell pass")
        }
        let program = CommandTable.program(calledAs: nil)
        console.write(Array(program.completions(for: shell, alsoCalled: [CommandTable.secondName]).utf8))
        return console.hasFailed ? ExitCode.incomplete : ExitCode.complete
    }
}
