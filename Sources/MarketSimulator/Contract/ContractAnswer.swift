import CoinlineJSON

/// An answer of the service before it becomes HTTP.
struct ContractAnswer: Sendable {
    let status: Int
    let body: [UInt8]
    var contentType = "application/json; charset=utf-8"
    var retryAfter: String?

    init(status: Int = 200, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// An error as the service reports it. The texts of 401, 405, 429 and 503 are recorded ones; the others are in their
/// style.
struct ServiceError: Error, Equatable {
    let code: Int
    let status: String
    let description: String

    static let missingKey = ServiceError(
        code: 401, status: "Unauthorized",
        description:
            "The requester is not authorized to access the resource. This is similar to 403 but is used in cases"
            + " where authentication is expected but has failed or has not been provided.")
    static let wrongKey = ServiceError(code: 401, status: "Unauthorized", description: "Your API key is wrong.")
    static let forbidden = ServiceError(
        code: 403, status: "Forbidden", description: "This resource is for administrators only.")
    static let wrongMethod = ServiceError(
        code: 405, status: "Method Not Available.",
        description: "You tried to access a resource with an invalid method.")
    static let notAcceptable = ServiceError(
        code: 406, status: "Not Acceptable", description: "You requested a format that isn't JSON.")
    static let tooManyRequests = ServiceError(
        code: 429, status: "Too Many Requests", description: "You're requesting too many resources! Slow down!")
    static let serverFault = ServiceError(
        code: 500, status: "Internal Server Error", description: "We had a problem with our server. Try again later.")
    static let maintenance = ServiceError(
        code: 503, status: "Service unavailable.",
        description: "We're temporarily offline for maintenance. Please try again later.")

    static func badRequest(_ description: String) -> ServiceError {
        ServiceError(code: 400, status: "Bad Request", description: description)
    }

    static func notFound(_ description: String) -> ServiceError {
        ServiceError(code: 404, status: "Not Found", description: description)
    }

    /// The error of a code, for faults.
    static func of(code: Int) -> ServiceError {
        switch code {
        case 400: badRequest("Your request is invalid.")
        case 401: wrongKey
        case 403: forbidden
        case 404: notFound("The requested resource could not be found.")
        case 405: wrongMethod
        case 406: notAcceptable
        case 429: tooManyRequests
        case 500: serverFault
        case 503: maintenance
        default: ServiceError(code: code, status: "Error \(code)", description: "The request could not be served.")
        }
    }

    var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.member("code", code)
        writer.member("status", status)
        writer.member("description", description)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// `status` where it differs from the error's own code, as services behind a proxy have been seen to answer.
    func answer(status: Int? = nil) -> ContractAnswer { ContractAnswer(status: status ?? code, body: body) }
}
