import Foundation

/// An authority of the tests' own, and what it vouches for: made by the `openssl` program, removed with the last
/// reference.
public final class TestAuthority: Sendable {
    /// A certificate with its key, as PEM files.
    public struct Certificate: Sendable {
        public let file: String
        public let key: String
        /// Keeps the files.
        let folder: TemporaryFolder
    }

    /// What a client is told to trust.
    public let caFile: String
    private let own: Certificate

    private init(_ own: Certificate) {
        (self.own, caFile) = (own, own.file)
    }

    /// An authority that nobody vouches for but itself.
    public convenience init() async throws {
        self.init(
            try await Self.selfSigned([
                "-subj", "/CN=Authority of a test", "-addext", "keyUsage=critical,keyCertSign",
            ]))
    }

    /// A certificate that vouches for itself alone.
    ///
    /// - Parameter names: as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
    public static func selfSigned(for names: String) async throws -> Certificate {
        try await selfSigned(["-subj", "/CN=test", "-addext", "subjectAltName=\(names)"])
    }

    /// A certificate of this authority's. With a negative number of days it has expired.
    public func certificate(for names: String, days: Int = 2) async throws -> Certificate {
        try await issue("/CN=test", extension: "subjectAltName=\(names)", days: days)
    }

    /// An authority that this one vouches for. What it makes is trusted by who trusts this one and is shown that one's
    /// file beside.
    public func authority() async throws -> TestAuthority {
        TestAuthority(
            try await issue("/CN=Authority between", extension: "basicConstraints=critical,CA:TRUE", days: 2))
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    private static func empty() throws -> Certificate {
        let folder = try TemporaryFolder()
        return Certificate(file: folder.file("certificate.pem"), key: folder.file("key.pem"), folder: folder)
    }

    private static func selfSigned(_ words: [String]) async throws -> Certificate {
        let made = try empty()
        try await openssl(["req", "-x509", "-days", "2"] + newKey + words + ["-keyout", made.key, "-out", made.file])
        return made
    }

    private func issue(_ subject: String, extension text: String, days: Int) async throws -> Certificate {
        let made = try Self.empty()
        let request = made.folder.file("request.pem")
        try await Self.openssl(
            ["req", "-new"] + Self.newKey
                + ["-subj", subject, "-addext", text, "-keyout", made.key, "-out", request])
        try await Self.openssl([
            "x509", "-req", "-in", request, "-CA", own.file, "-CAkey", own.key, "-days", String(days),
            "-copy_extensions", "copy", "-out", made.file,
        ])
        return made
    }

    private static func openssl(_ words: [String]) async throws {
        let result = try await ProgramRun(MachinePrograms.path("openssl"), words).result()
        guard result.exitCode == 0 else { throw TestKitError("openssl \(words[0]) failed: \(result)") }
    }
}
