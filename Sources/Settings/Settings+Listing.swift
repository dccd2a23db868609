/// A line of `config`: an effective value and where it came from.
public struct SettingEntry: Sendable, Equatable {
    public let group: SettingGroup
    public let name: String
    /// Nil when nothing is set and there is no default. A secret is masked.
    public let value: String?
    public let origin: SettingOrigin
}

extension Settings {
    /// Every setting in the order of the table, also those that are not set; hidden ones only when they are.
    public var entries: [SettingEntry] {
        table.filter { !$0.isHidden || isSet($0) }.map { setting in
            SettingEntry(
                group: setting.group, name: setting.name, value: shownValue(of: setting), origin: origin(of: setting))
        }
    }

    private func shownValue(of setting: Setting) -> String? {
        // The default of the address only holds where InfluxDB is used at all.
        if setting.name == SettingsTable.influxDBURL.name, case .embeddedStore = destination { return nil }
        guard let value = resolved[setting.name]?.value else { return nil }
        if case .secret = value { return value.shown }
        return ShownText.escaped(redactor.clean(value.shown))
    }
}
