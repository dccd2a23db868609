/// Text from outside, fit for a terminal: what moves the cursor or turns text around becomes a dot.
enum TerminalText {
    static func shown(_ text: String, keepingLines: Bool = false) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            let category = scalar.properties.generalCategory
            let isPlain = category != .control && category != .format
            shown.unicodeScalars.append(isPlain || (keepingLines && scalar == "\n") ? scalar : "·")
        }
        return shown
    }
}
