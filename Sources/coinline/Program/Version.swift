enum Version {
    /// Of the program; raised with each release.
    static let text = "0.1.0"
}
