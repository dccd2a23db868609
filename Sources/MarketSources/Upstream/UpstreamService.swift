/// What people are told about a service when something is wrong with it: its name and the settings that concern it.
public struct UpstreamService: Sendable, Equatable {
    /// The value of the tag `source`: `livecoinwatch`.
    public let id: String
    /// For sentences: `Live Coin Watch`.
    public let name: String
    /// The setting that holds the key.
    public let keySetting: String
    /// The setting that holds the address.
    public let addressSetting: String
    /// The setting that says how often it may be asked.
    public let rateSetting: String
    /// When its credits are renewed: `00:00 UTC`.
    public let renewal: String
}
