import HTTPServer

/// An answer that is not the one that was hoped for, in the server's form.
struct InfluxDB2Error: Error {
    let status: Int
    let code: String
    /// Bytes, since a line that is quoted may hold any.
    let message: [UInt8]
    var headers: [(name: String, value: String)] = []
    /// Where the router itself answers, its JSON is laid out in lines.
    var isLaidOut = false

    init(_ status: Int, _ code: String, _ message: [UInt8]) {
        (self.status, self.code, self.message) = (status, code, message)
    }

    static func invalid(_ message: String) -> InfluxDB2Error { InfluxDB2Error(400, "invalid", Array(message.utf8)) }
    static func invalid(_ message: [UInt8]) -> InfluxDB2Error { InfluxDB2Error(400, "invalid", message) }
    static func notFound(_ message: String) -> InfluxDB2Error { InfluxDB2Error(404, "not found", Array(message.utf8)) }
    static func forbidden(_ message: String) -> InfluxDB2Error { InfluxDB2Error(403, "forbidden", Array(message.utf8)) }
    static func internalError(_ message: String) -> InfluxDB2Error {
        InfluxDB2Error(500, "internal error", Array(message.utf8))
    }

    static let unauthorized = InfluxDB2Error(401, "unauthorized", Array("unauthorized access".utf8))
    /// For what the server writes into its log only.
    static let unexplained = internalError("An internal error has occurred - check server logs")

    static let methodNotAllowed: InfluxDB2Error = {
        var error = InfluxDB2Error(405, "method not allowed", Array("allow: OPTIONS, POST".utf8))
        error.headers = [("Allow", "OPTIONS, POST")]
        return error
    }()

    static let pathNotFound: InfluxDB2Error = {
        var error = notFound("path not found")
        error.isLaidOut = true
        return error
    }()

    var response: ServerResponse {
        let (codeText, messageText) = (GoText.json(Array(code.utf8)), GoText.json(message))
        let json =
            isLaidOut
            ? Array("{\n\t\"code\": ".utf8) + codeText + Array(",\n\t\"message\": ".utf8) + messageText
                + Array("\n}".utf8)
            : Array("{\"code\":".utf8) + codeText + Array(",\"message\":".utf8) + messageText + Array("}".utf8)
        var response = ServerResponse.influxDB2(status: status, json: json)
        response.headers += headers + [("X-Platform-Error-Code", code)]
        return response
    }
}

extension ServerResponse {
    static func influxDB2(status: Int, json: [UInt8]) -> ServerResponse {
        ServerResponse(status, headers: [("Content-Type", "application/json; charset=utf-8")], body: .bytes(json))
    }
}
