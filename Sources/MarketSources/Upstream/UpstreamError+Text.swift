import CoinlineBase
import CoinlineHTTP
import CoinlineJSON

extension UpstreamError: CustomStringConvertible {
    /// What happened and what to do, as one sentence without a full stop.
    public var description: String {
        switch kind {
        case .unauthorized(let text):
            "\(service.keySetting) was refused by \(service.name)\(quoted(text)): set the account's current key "
                + "(making a new one voids the old)"
        case .forbidden(let text):
            "\(service.name) forbids \(endpoint) to this account\(quoted(text)): it cannot be asked with "
                + "\(service.keySetting) as it is"
        case .badRequest(let status, let text):
            "\(service.name) did not accept the request to \(endpoint) (\(status))\(quoted(text)): "
                + "check the codes and the currency that were asked for"
        case .notFound(let text):
            "\(service.name) has nothing for the request to \(endpoint) (404)\(quoted(text)): "
                + "check the code that was asked for, and \(service.addressSetting)"
        case .rateLimited(let after):
            "\(service.name) refused \(endpoint) because it was asked too often (429)\(waitText(after)): "
                + "lower \(service.rateSetting), or the day's credits are used up (renewed at \(service.renewal))"
        case .outOfCredits:
            "the day's credits at \(service.name) are used up: they are renewed at \(service.renewal); "
                + "fetch less often or fewer coins"
        case .server(let status, let text):
            "\(service.name) had a fault at \(endpoint) (\(status))\(quoted(text)): try again later"
        case .network(let kind, let detail):
            "\(service.name) could not be reached for \(endpoint) (\(kind.rawValue)): \(detail): \(advice(on: kind))"
        case .notJSON(let status, let prefix):
            "what answered \(endpoint) with status \(status) is not \(service.name), it sent no JSON but "
                + "\(prefix.isEmpty ? "an empty body" : "\"\(prefix)\""): "
                + "check \(service.addressSetting), and what stands between"
        case .unexpected(let status):
            "\(service.name) answered \(endpoint) with status \(status), which is not part of its interface "
                + "(redirects are not followed): check \(service.addressSetting)"
        case .malformed(let error):
            "the answer of \(service.name) to \(endpoint) cannot be read: \(error)"
        case .toldToWait(let wait):
            "\(service.name) asked to be left alone for another \(wait.text): try again then"
        case .breakerOpen(let after, let last):
            "\(service.name) is left alone for another \(after.text) after failures in a row (the last: \(last))"
        case .cancelled:
            "the call to \(service.name) was cancelled"
        }
    }

    private func advice(on kind: HTTPError.Kind) -> String {
        switch kind {
        case .timeout: "it is slow or the network is down; try again later"
        case .resolve, .connect: "check the network and \(service.addressSetting)"
        case .tls:
            "check \(service.addressSetting) (http:// for a port without TLS), and COINLINE_CA_FILE for an authority of "
                + "your own"
        case .badRequest: "check \(service.addressSetting) and \(service.keySetting)"
        case .tooLarge, .closed, .transfer: "try again later"
        }
    }

    private func quoted(_ text: String) -> String {
        text.isEmpty ? "" : " (\"\(text)\")"
    }

    private func waitText(_ after: Duration?) -> String {
        after.map { " and asks to wait \($0.text)" } ?? ""
    }
}

extension UpstreamError.Kind {
    /// A few words for logs and metrics, the same for every error of a kind.
    public var label: String {
        switch self {
        case .unauthorized: "unauthorized (401)"
        case .forbidden: "forbidden (403)"
        case .badRequest(let status, _): "refused (\(status))"
        case .notFound: "not found (404)"
        case .rateLimited: "rate limited (429)"
        case .outOfCredits: "out of credits"
        case .server(let status, _): "fault of the service (\(status))"
        case .network(let kind, _): "network (\(kind.rawValue))"
        case .notJSON: "not JSON"
        case .unexpected(let status): "unexpected status (\(status))"
        case .malformed: "malformed answer"
        case .breakerOpen: "left alone"
        case .toldToWait: "told to wait"
        case .cancelled: "cancelled"
        }
    }
}
