import CCoinlineCurl
import CoinlineBase

/// One request under way: libcurl's easy handle and everything that must stay alive as long as it.
///
/// Made and filled on the task that sends, then handed over under the loop's lock; from there on only the loop's thread
/// touches it, which is what makes it safe to send. Its continuation is resumed exactly once: by `finish` or `fail`. The
/// last reference may end on any thread, which by then is alone with it: the loop has removed the handle.
@safe
final class Transfer: @unchecked Sendable {
    let target: TargetAddress
    let easy: UnsafeMutableRawPointer
    let deadline: Duration
    let connectTimeout: Duration
    private let start = ContinuousClock.now
    var collector: AnswerCollector
    /// Under which the loop knows it.
    var id: UInt64 = 0
    private let cutsLongAnswer: Bool
    private var continuation: CheckedContinuation<HTTPAnswer, any Error>?

    // libcurl keeps pointers to these three until the easy handle is cleaned up; `deinit` frees them after it.
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var payload: UnsafeMutableRawBufferPointer?
    private let errorText: UnsafeMutableBufferPointer<CChar>

    /// Fails with `.badRequest` when the request or the configuration cannot be sent as it is.
    init(_ request: HTTPRequest, configuration: HTTPClient.Configuration) throws(HTTPError) {
        target = try TargetAddress(url: request.url)
        guard let handle = unsafe curl_easy_init() else {
            throw HTTPError(kind: .badRequest, detail: "libcurl has no memory for a request")
        }
        unsafe easy = handle
        deadline = request.deadline
        connectTimeout = request.connectTimeout
        collector = AnswerCollector(bodyBytesMax: max(0, request.answerBytesMax))
        cutsLongAnswer = request.answerOverflow == .cut
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0)
        try setOptions(request, configuration: configuration)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headerList)
        unsafe payload?.deallocate()
        unsafe errorText.deallocate()
    }

    // MARK: Before it is handed over

    func begin(_ continuation: CheckedContinuation<HTTPAnswer, any Error>) {
        precondition(self.continuation == nil, "a transfer begins once")
        self.continuation = continuation
    }

    /// A header line "Name: value", with the whole list given to libcurl by `setHeaderList`.
    func addHeaderLine(_ line: String) throws(HTTPError) {
        guard let list = unsafe curl_slist_append(headerList, line) else {
            throw HTTPError(kind: .badRequest, detail: "libcurl has no memory for a header")
        }
        unsafe headerList = list
    }

    func setHeaderList() -> CURLcode {
        unsafe coinline_setopt_list(easy, headerList)
    }

    func setErrorBuffer() -> CURLcode {
        unsafe coinline_setopt_ptr(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress)
    }

    /// Gives libcurl the body. It is copied once, into memory that does not move: libcurl itself copies nothing.
    func setBody(_ bytes: [UInt8]) -> CURLcode {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
        unsafe copy.copyBytes(from: bytes)
        unsafe payload = unsafe copy
        // The size first: without it libcurl would look for a zero byte.
        let code = unsafe coinline_setopt_off(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
        guard code == CURLE_OK else { return code }
        return unsafe coinline_setopt_ptr(easy, CURLOPT_POSTFIELDS, copy.baseAddress)
    }

    /// When the deadline passes.
    var due: ContinuousClock.Instant { start + deadline }

    // MARK: The end, on the loop's thread and after removal from the multi handle

    func finish(_ code: CURLcode) {
        let isCut = cutsLongAnswer && collector.overflow == .body && code == CURLE_WRITE_ERROR
        if isCut || (code == CURLE_OK && collector.isHeadComplete) {
            resume(.success(answer(isCut: isCut)))
        } else {
            resume(.failure(failure(code)))
        }
    }

    func fail(_ error: any Error) {
        resume(.failure(error))
    }

    private func resume(_ result: Result<HTTPAnswer, any Error>) {
        continuation?.resume(with: result)
        continuation = nil
    }

    private func answer(isCut: Bool) -> HTTPAnswer {
        HTTPAnswer(
            status: info(CURLINFO_RESPONSE_CODE), headers: collector.headers, body: collector.body, isCut: isCut,
            httpVersion: Self.versionNumber(info(CURLINFO_HTTP_VERSION)), newConnections: info(CURLINFO_NUM_CONNECTS),
            duration: .microseconds(microseconds(CURLINFO_TOTAL_TIME_T)))
    }

    private func failure(_ code: CURLcode) -> HTTPError {
        let told = unsafe String(decoding: errorText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = unsafe told.isEmpty ? String(cString: curl_easy_strerror(code)) : told
        let text = code == CURLE_OK ? "the head of the answer is not complete" : words
        let facts = TransferFailure(
            code: code, text: text, target: target, systemError: Int32(truncatingIfNeeded: info(CURLINFO_OS_ERRNO)),
            wasConnected: microseconds(CURLINFO_PRETRANSFER_TIME_T) > 0, overflow: collector.overflow,
            bodyBytesMax: collector.bodyBytesMax,
            timeAllowed: ContinuousClock.now < due ? min(connectTimeout, deadline) : deadline)
        return facts.error
    }

    /// 0 where libcurl does not know.
    private func info(_ which: CURLINFO) -> Int {
        var value = 0
        let code = unsafe coinline_getinfo_long(easy, which, &value)
        return code == CURLE_OK ? value : 0
    }

    private func microseconds(_ which: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        let code = unsafe coinline_getinfo_off(easy, which, &value)
        return code == CURLE_OK ? Int64(value) : 0
    }

    private static func versionNumber(_ code: Int) -> Int {
        switch code {
        case Int(CURL_HTTP_VERSION_1_0): 10
        case Int(CURL_HTTP_VERSION_2_0): 20
        default: 11
        }
    }
}
