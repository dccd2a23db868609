import CCoinlineCurl
import CoinlineBase
import Glibc

/// What is known about a transfer that failed, and the error it becomes.
struct TransferFailure {
    let code: CURLcode
    /// libcurl's own words. They name the host at most.
    let text: String
    let target: TargetAddress
    /// errno of the last attempt to connect, or 0.
    let systemError: Int32
    /// Whether the connection stood, its TLS handshake included.
    let wasConnected: Bool
    let overflow: AnswerCollector.Overflow?
    let bodyBytesMax: Int
    /// The limit that was passed when the reason is time.
    let timeAllowed: Duration

    /// libcurl's texts are short; a server's part in them is not bounded.
    private static let textBytesMax = 200

    var error: HTTPError { HTTPError(kind: kind, detail: detail) }

    private var kind: HTTPError.Kind {
        if overflow != nil, code == CURLE_WRITE_ERROR { return .tooLarge }
        return switch code {
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT, CURLE_PROXY: .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_INITFAILED:
            .tls
        case CURLE_URL_MALFORMAT: .badRequest
        default: .transfer
        }
    }

    private var detail: String {
        let origin = target.origin
        return switch kind {
        case .timeout where !wasConnected:
            "no connection to \(origin) within \(timeAllowed.text)"
        case .timeout: "no complete answer from \(origin) within \(timeAllowed.text)"
        case .resolve where code == CURLE_COULDNT_RESOLVE_PROXY: "the name of the proxy could not be found"
        case .resolve: "the name of the host \(target.host) could not be found"
        case .connect: "cannot connect to \(origin): \(connectReason)"
        case .tls: "no secure connection to \(origin): \(excerpt)"
        case .tooLarge where overflow == .head:
            "the head of the answer from \(origin) is larger than \(AnswerCollector.headBytesMax) bytes"
        case .tooLarge: "the answer from \(origin) is larger than \(bodyBytesMax) bytes"
        case .badRequest, .closed, .transfer: "the exchange with \(origin) failed: \(excerpt)"
        }
    }

    private var connectReason: String {
        switch systemError {
        case ECONNREFUSED: "connection refused"
        case EHOSTUNREACH: "no route to the host"
        case ENETUNREACH: "the network is unreachable"
        case ENOENT: "the socket file does not exist"
        case EACCES, EPERM: "permission denied"
        case ETIMEDOUT: "no answer"
        default: excerpt
        }
    }

    /// libcurl's words without control characters, cut to a length for one line.
    private var excerpt: String {
        let clean = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        var short = ""
        for character in clean {
            guard short.utf8.count + character.utf8.count <= Self.textBytesMax else { return short + "…" }
            short.append(character)
        }
        return short
    }
}
