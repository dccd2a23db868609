import CoinlineBase
import HTTPServer

extension ActiveFaults.Replacement {
    /// What is sent instead of the service's answer; nil where nothing is.
    func answer(at time: UTCTime) -> ContractAnswer? {
        switch self {
        case .drop: return nil
        case .status(let status, let hint):
            var answer = ServiceError.of(code: status).answer()
            switch hint {
            case .seconds(let seconds): answer.retryAfter = "\(seconds)"
            case .date: answer.retryAfter = time.advanced(by: .seconds(30)).httpDate
            case nil: break
            }
            return answer
        case .html(let status):
            var answer = ContractAnswer(status: status, body: Array(Self.page(status).utf8))
            answer.contentType = "text/html; charset=UTF-8"
            return answer
        case .errorUnder200(let code): return ServiceError.of(code: code).answer(status: 200)
        case .empty: return ContractAnswer(body: [])
        }
    }

    private static func page(_ status: Int) -> String {
        """
        <!DOCTYPE html>
        <html><head><title>\(status) | api.livecoinwatch.com</title></head>
        <body><h1>Error \(status)</h1><p>The web server reported an error &mdash; try again later.</p></body></html>

        """
    }
}

extension ActiveFaults {
    /// How the body of an answer leaves.
    func body(of bytes: [UInt8], timing: Timing) -> ServerResponse.Body {
        let bytes = isCut ? Array(bytes.prefix(bytes.count / 2)) : bytes
        guard isTruncated || slowness != nil else { return .bytes(bytes) }
        let sent = isTruncated ? bytes.count / 2 : bytes.count
        let pause = slowness
        let isTruncated = isTruncated
        return .stream(length: bytes.count) { writer in
            await Self.send(bytes[..<sent], over: pause, timing, to: writer)
            if isTruncated { writer.abort() }
        }
    }

    private static let pieces = 10

    /// The bytes at once, or in pieces spread over a time. That time is real, however fast the given clock runs: it is
    /// the wire that is slow, not the market.
    private static func send(
        _ bytes: ArraySlice<UInt8>, over time: Duration?, _ timing: Timing, to writer: BodyWriter
    ) async {
        guard let time else {
            _ = await writer.write(Array(bytes))
            return
        }
        let size = max(1, (bytes.count + pieces - 1) / pieces)
        var rest = bytes
        for _ in 0..<pieces {
            do {
                try await timing.sleep(time / pieces * timing.speed)
            } catch {
                // Cancelled: the client has gone, or the server stops.
                return writer.abort()
            }
            guard await writer.write(Array(rest.prefix(size))) else { return }
            rest = rest.dropFirst(size)
        }
    }
}
