/// All that settings are read from. Reading files is left to the caller, so that loading stays a function over values.
public struct SettingsSources: Sendable {
    public var environment: [String: String]
    /// The `.env` file, where there is one. Bytes that are not UTF-8 may be decoded with replacement: the lines that
    /// hold a replacement character are reported.
    public var envFile: (path: String, text: String)?
    /// Values of options by the name of the option without dashes, as `Setting.flag` says: `["log-level": "DEBUG"]`.
    public var flags: [String: String]
    /// Reads the file that a `…_FILE` variable names.
    public var readSecretFile: @Sendable (_ path: String) -> Result<String, SecretFileFailure>

    public init(
        environment: [String: String] = [:], envFile: (path: String, text: String)? = nil,
        flags: [String: String] = [:],
        readSecretFile: @escaping @Sendable (_ path: String) -> Result<String, SecretFileFailure> = { _ in
            .failure(SecretFileFailure(reason: "no files are read here"))
        }
    ) {
        self.environment = environment
        self.envFile = envFile
        self.flags = flags
        self.readSecretFile = readSecretFile
    }
}

/// Why a file with a secret could not be read: "No such file or directory".
public struct SecretFileFailure: Error, Sendable, Equatable {
    public let reason: String

    public init(reason: String) {
        self.reason = reason
    }
}

/// Where a value came from.
public enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    /// An option of the command line, without its dashes.
    case flag(String)
    case environment
    case envFile(path: String, line: Int)
    /// A file that a `…_FILE` variable names.
    case secretFile(path: String)
    case standard

    public var description: String {
        switch self {
        case .flag(let name): "--\(name)"
        case .environment: "environment"
        case .envFile(let path, let line): "\(ShownText.clean(path)):\(line)"
        case .secretFile(let path): "file \(ShownText.clean(path))"
        case .standard: "default"
        }
    }
}
