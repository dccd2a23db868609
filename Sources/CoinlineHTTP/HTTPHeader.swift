public import CoinlineBase

/// One header of a request. A secret value is shown by no description.
public struct HTTPHeader: Sendable {
    private enum Value {
        case plain(String)
        case secret(Secret, prefix: String)
    }

    public let name: String
    private let value: Value

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = .plain(value)
    }

    /// A header that carries a key: `HTTPHeader("Authorization", secret: token, prefix: "Token ")`.
    public init(_ name: String, secret: Secret, prefix: String = "") {
        self.name = name
        self.value = .secret(secret, prefix: prefix)
    }

    public var isSecret: Bool {
        switch value {
        case .plain: false
        case .secret: true
        }
    }

    /// The value as it is sent. For the request builder alone.
    var valueOnTheWire: String {
        switch value {
        case .plain(let text): text
        case .secret(let secret, let prefix): prefix + secret.reveal()
        }
    }
}

extension HTTPHeader: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        switch value {
        case .plain(let text): "\(name): \(text)"
        case .secret(let secret, let prefix): "\(name): \(prefix)\(secret)"
        }
    }

    public var debugDescription: String { description }
    // Without it `dump` and reflection would walk into the stored value.
    public var customMirror: Mirror { Mirror(self, children: ["header": description]) }
}

/// What may stand in a request's head (RFC 9110 §5.5 and §5.6.2). Anything else could end a line and begin another
/// header.
enum HeadRules {
    private static let symbolsOfTokens = Set("!#$%&'*+-.^_`|~".utf8)

    /// A method or a header's name: letters, digits and a few symbols.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || symbolsOfTokens.contains($0) }
    }

    /// A header's value: no control byte but the tab.
    static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }

    /// A URL: neither control bytes nor blanks.
    static func isURLText(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
