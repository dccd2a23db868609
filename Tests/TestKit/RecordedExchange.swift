public import CoinlineJSON
import Foundation

/// One recorded request to a real server and its answer, as the folder of recorded facts keeps them.
public struct RecordedExchange: Sendable {
    /// Bodies are kept as they went over the wire; some are cut or only described.
    public struct Body: Sendable {
        /// nil where the recording only describes the body.
        public let bytes: [UInt8]?
        /// The length it really had, where the recording cut it: of its text, or of its base64.
        public let shortenedFrom: Int?
        /// What a cut recording kept of that text: its start and its end.
        public let kept: (start: String, end: String)?

        /// The whole body; nil where the recording does not hold all of it.
        public var whole: [UInt8]? { shortenedFrom == nil ? bytes : nil }

        /// The whole body, made anew where the recording cut it within a run of one character; nil where it cannot be.
        public var refilled: [UInt8]? {
            guard let kept, let length = shortenedFrom else { return whole }
            let (start, end) = (Array(kept.start.utf8), Array(kept.end.utf8))
            let (left, right) = (start.suffix(Self.runCountMin), end.prefix(Self.runCountMin))
            let missing = length - start.count - end.count
            // The text of a base64 is not the body.
            guard bytes != nil, missing > 0, let filler = left.first, left.elementsEqual(right),
                left.allSatisfy({ $0 == filler })
            else { return nil }
            return start + [UInt8](repeating: filler, count: missing) + end
        }

        /// So many of one character on each side of the cut are a run.
        private static let runCountMin = 64

        public var text: String { String(decoding: bytes ?? [], as: UTF8.self) }
    }

    public let name: String
    public let method: String
    /// With the query.
    public let path: String
    public let requestHeaders: [(name: String, value: String)]
    public let requestBody: Body
    public let status: Int
    public let responseHeaders: [(name: String, value: String)]
    public let responseBody: Body

    public init(_ cursor: JSONCursor) throws {
        guard let request = try cursor.member("request"), let response = try cursor.member("response") else {
            throw TestKitError("\(cursor.path) has no request or no response")
        }
        name = try cursor.member("name")?.string() ?? ""
        method = try request.member("method")?.string() ?? ""
        path = try request.member("path")?.string() ?? ""
        requestHeaders = try Self.headers(of: request)
        requestBody = try Self.body(of: request)
        status = Int(try response.member("status")?.int64() ?? 0)
        responseHeaders = try Self.headers(of: response)
        responseBody = try Self.body(of: response)
    }

    /// All of a file of the folder of recorded facts ("influxdb2/write.json"), in the order in which they were made.
    public static func all(_ file: String) throws -> [RecordedExchange] {
        let limits = JSONLimits(bytesMax: 64 << 20)
        return try JSONCursor(SharedFacts.file("recorded/\(file)"), name: file, limits: limits).elements()
            .map(RecordedExchange.init)
    }

    public func requestHeader(_ name: String) -> String? {
        requestHeaders.last { $0.name.lowercased() == name.lowercased() }?.value
    }

    public func responseHeader(_ name: String) -> String? {
        responseHeaders.last { $0.name.lowercased() == name.lowercased() }?.value
    }

    private static func headers(of part: JSONCursor) throws -> [(name: String, value: String)] {
        try part.member("headers")?.members().map { ($0.name, try $0.value.string()) } ?? []
    }

    private static func body(of part: JSONCursor) throws -> Body {
        guard let body = try part.member("body"), !body.isNull else {
            return Body(bytes: [], shortenedFrom: nil, kept: nil)
        }
        let length = try body.member("shortened_from")?.int64()
        let bytes: [UInt8]? =
            if let text = try body.member("text")?.string() {
                Array(text.utf8)
            } else if let base64 = try body.member("base64")?.string() {
                Data(base64Encoded: base64).map { [UInt8]($0) }
            } else {
                nil
            }
        guard let length else { return Body(bytes: bytes, shortenedFrom: nil, kept: nil) }
        let text = try body.member("text")?.string() ?? body.member("base64")?.string() ?? ""
        let halves = text.split(separator: "…", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return Body(bytes: bytes, shortenedFrom: Int(length), kept: (halves[0], halves.count == 2 ? halves[1] : ""))
    }
}
