extension SettingsTable {
    /// The text of `.env.example`. A line that has a default is commented out, since setting some of them
    /// (`INFLUXDB_URL`) changes more than their value; one without is there, and empty, which is the same as not there.
    public static func exampleFile() -> String {
        var lines = comment(
            "Settings of coinline. Copy this file to .env and fill in what you need. The environment beats this file; "
                + "an empty value is the same as none. Commented lines show the defaults or an example.")
        for group in SettingGroup.allCases {
            lines += ["", "# ---- \(group.rawValue) ----"]
            for setting in shown(in: group) { lines += [""] + example(of: setting, isCommented: hasValue(setting)) }
            guard group == .destinations else { continue }
            // All of them commented out, since there is no such destination.
            let name = destinations.example ?? ""
            for setting in DestinationSettings(name).all { lines += [""] + example(of: setting, isCommented: true) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The README's tables, one for each group.
    public static func markdown() -> String {
        let sections = SettingGroup.allCases.map { group in
            let head = [
                "**\(group.rawValue)**", "", "| Setting | Default | Allowed | What it is for |", "|---|---|---|---|",
            ]
            let named = group == .destinations ? DestinationSettings("<NAME>").all : []
            return (head + (shown(in: group) + named).map(row)).joined(separator: "\n")
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static func shown(in group: SettingGroup) -> [Setting] {
        all.filter { $0.group == group && !$0.isHidden }
    }

    private static func hasValue(_ setting: Setting) -> Bool {
        setting.standard != nil || setting.example != nil
    }

    private static func example(of setting: Setting, isCommented: Bool) -> [String] {
        var lines = comment(setting.help) + comment("Allowed: \(setting.allowed).")
        if let flag = setting.flag { lines += comment("The option --\(flag) beats it.") }
        lines.append("\(isCommented ? "#" : "")\(setting.name)=\(setting.standard ?? setting.example ?? "")")
        guard let fileForm = setting.fileFormName else { return lines }
        return lines + comment("Or the path of a file that holds it:")
            + ["#\(fileForm)=/run/secrets/\(setting.name.lowercased())"]
    }

    private static func row(of setting: Setting) -> String {
        var names = "`\(setting.name)`"
        if let fileForm = setting.fileFormName { names += " or `\(fileForm)`" }
        if let flag = setting.flag { names += ", `--\(flag)`" }
        let standard = setting.standard.map { "`\($0)`" } ?? "–"
        return "| \(names) | \(standard) | \(setting.allowed) | \(setting.help) |"
    }

    /// Comment lines of at most 100 columns.
    private static func comment(_ text: String) -> [String] {
        var lines = ["#"]
        for word in text.split(separator: " ") {
            let longer = lines[lines.count - 1] + " " + word
            if longer.count <= 100 { lines[lines.count - 1] = longer } else { lines.append("# " + word) }
        }
        return lines
    }
}
