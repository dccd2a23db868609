/// A shell for which a script of completions can be made.
public enum Shell: String, Sendable, CaseIterable {
    case bash
    case zsh
    case fish
}

extension Program {
    /// The script that completes command lines of this program in a shell: commands, options, their values, and files.
    ///
    /// It is made from the table alone and asks the program nothing. Texts of the table stand in it as quoted words, and
    /// nothing that was typed is evaluated. Hidden commands and options are left out.
    ///
    /// - Parameter names: further names of the program, which are completed in the same way.
    public func completions(for shell: Shell, alsoCalled names: [String] = []) -> String {
        let table = CompletionTable(self, names: [name] + names)
        return switch shell {
        case .bash: BashCompletions(table).script
        case .zsh: ZshCompletions(table).script
        case .fish: FishCompletions(table).script
        }
    }
}
