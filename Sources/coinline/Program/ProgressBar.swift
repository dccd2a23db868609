/// How much of a long work is done, for the line of a terminal.
enum ProgressBar {
    private static let width = 20

    /// `[#####...............]  25 %`, always of one length; never full before the end.
    ///
    /// - Parameter total: above 0; where it is not, nothing is done.
    static func text(done: Int, of total: Int) -> String {
        let done = min(max(0, done), total)
        let marks = total > 0 ? done * width / total : 0
        let bar = String(repeating: "#", count: marks) + String(repeating: ".", count: width - marks)
        let percent = String(total > 0 ? done * 100 / total : 0)
        return "[\(bar)] \(String(repeating: " ", count: 3 - percent.count))\(percent) %"
    }
}
