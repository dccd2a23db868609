import CMicrohttpd
import CoinlineBase

/// From a head to an answer.
extension ServerLoop {
    /// A head is whole: refuses it, or starts the handler.
    func begin(_ connection: Connection, method: String, version: String) -> MHD_Result {
        let head = RequestHead(
            method: method, version: version, target: connection.target, headers: connection.headers())
        switch head.verdict(bodyBytesMax: configuration.bodyBytesMax) {
        case .refuse(let status): return refuse(connection, status: status)
        case .serve where isStopping: return refuse(connection, status: 503)
        case .serve(let target):
            let exchange = Exchange(
                connectionNumber: connection.number, method: method, bodyBytesMax: configuration.bodyBytesMax,
                mailbox: mailbox)
            connection.exchange = exchange
            connection.enter(.body, at: .now)
            exchange.start(
                ServerRequest(
                    method: method, target: target.text, path: target.path, query: target.query,
                    headers: head.headers, offeredProtocols: head.offeredProtocols, peer: connection.peer,
                    body: RequestBody(exchange: exchange)),
                handler: handler)
            return .YES
        }
    }

    func perform(_ step: Exchange.Step, on connection: Connection) -> MHD_Result {
        switch step {
        case .goOn: return .YES
        case .breakOff: return .NO
        case .suspend(let hold):
            if hold == .response { connection.enter(.working, at: .now) }
            connection.suspend(at: .now)
            return .YES
        case .answer(let response): return queue(response, on: connection)
        }
    }

    /// An answer of our own, before or instead of the handler's. What the peer still sends is not worth waiting for.
    private func refuse(_ connection: Connection, status: Int) -> MHD_Result {
        connection.isRefused = true
        return queue(ServerResponse(status, headers: [("Connection", "close")]), on: connection)
    }

    private func queue(_ response: ServerResponse, on connection: Connection) -> MHD_Result {
        let made: OpaquePointer?
        switch response.body {
        case .drop: return .NO
        case _ where response.status == 204 || response.status == 304:
            // The library would send a body that it is given.
            unsafe made = makeResponse([])
            connection.enter(.answer, at: .now)
        case .bytes(let bytes):
            unsafe made = makeResponse(bytes)
            connection.enter(.answer, at: .now)
        case .upgrade(let handler):
            guard let upgrade = unsafe makeUpgrade(handler, on: connection) else {
                return queue(ServerResponse(503, headers: [("Connection", "close")]), on: connection)
            }
            unsafe made = upgrade
            connection.enter(.answer, at: .now)
        case .stream(let length, _):
            unsafe made = makeResponse(streamedBy: connection, length: length)
            connection.enter(.stream, at: .now)
        }
        guard let made = unsafe made else { return .NO }
        // Queueing takes a reference of its own.
        defer { unsafe MHD_destroy_response(made) }
        var headers = response.headers.filter {
            !equalsIgnoringCase($0.name, "Content-Length") && !equalsIgnoringCase($0.name, "Transfer-Encoding")
        }
        if !response.hasHeader("Date") { headers.append(("Date", date.value())) }
        if isStopping && !response.hasHeader("Connection") { headers.append(("Connection", "close")) }
        for header in headers {
            // Names and values were checked; what is left is memory.
            guard unsafe MHD_add_response_header(made, header.name, header.value) == .YES else { return .NO }
        }
        return unsafe MHD_queue_response(connection.handle, UInt32(response.status), made)
    }
}
