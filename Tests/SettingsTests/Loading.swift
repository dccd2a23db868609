import Settings

/// Settings from values, as a program would have read them. `files` are those that a `…_FILE` variable can name.
func settings(
    _ environment: [String: String] = [:], file: String? = nil, flags: [String: String] = [:],
    files: [String: String] = [:], for needs: [SettingsNeed] = []
) throws(SettingsErrors) -> Settings {
    let sources = SettingsSources(
        environment: environment, envFile: file.map { (path: ".env", text: $0) }, flags: flags
    ) { path in
        files[path].map { .success($0) } ?? .failure(SecretFileFailure(reason: "No such file or directory"))
    }
    return try Settings.load(sources, for: needs)
}

/// The problems of settings that are expected to have some; none when they load.
func problems(
    _ environment: [String: String] = [:], file: String? = nil, flags: [String: String] = [:],
    files: [String: String] = [:], for needs: [SettingsNeed] = []
) -> [String] {
    do throws(SettingsErrors) {
        _ = try settings(environment, file: file, flags: flags, files: files, for: needs)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}
