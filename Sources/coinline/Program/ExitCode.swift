/// What the program ends with; the numbers are part of its interface.
enum ExitCode {
    /// Everything asked for landed.
    static let complete: Int32 = 0
    /// Something did not.
    static let incomplete: Int32 = 1
    /// The command line is wrong.
    static let usage: Int32 = 64
    /// A setting is wrong, before anything was contacted; and mixed origins.
    static let configuration: Int32 = 78
    /// A one-shot command was stopped by a signal: 128 and its number.
    static func stopped(by signal: Int32) -> Int32 { 128 + signal }
}
