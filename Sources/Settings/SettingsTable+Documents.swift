extension SettingsTable {
    /// The text of `.env.example`. A line that has a default is commented out, since setting some of them
    /// (`INFLUXDB_URL`) changes more than their value; one without is there, and empty, which is the same as not there.
    public static func exampleFile() -> String {
        var lines = comment(
            "Settings of coinline. Copy this file to .env and fill in what you need. The environment beats this file; "
                + "an empty value is the same as none. Commented lines show the defaults or an example.")
        for group in SettingGroup.allCases {
            lines += ["", "# ---- \(group.rawValue) ----"]
            for setting in shown(in: group) { lines += [""] + example(of: setting) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The README's tables, one for each group.
    public static func markdown() -> String {
        let sections = SettingGroup.allCases.map { group in
            let head = [
                "**\(group.rawValue)**", "", "| Setting | Default | Allowed | What it is for |", "|---|---|---|---|",
            ]
            return (head + shown(in: group).map(row)).joined(separator: "\n")
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static func shown(in group: SettingGroup) -> [Setting] {
        all.filter { $0.group == group && !$0.isHidden }
    }

    private static func example(of setting: Setting) -> [String] {
        var lines = comment(setting.help) + comment("Allowed: \(setting.allowed).")
        if let flag = setting.flag { lines += comment("The option --\(flag) beats it.") }
        if let text = setting.standard ?? setting.example {
            lines.append("#\(setting.name)=\(text)")
        } else {
            lines.append("\(setting.name)=")
        }
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
