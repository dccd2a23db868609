import Foundation
import Testing

@testable import HTTPServer

@Suite("Request heads")
struct RequestHeadTests {
    private func status(
        _ headers: [(String, String)], method: String = "POST", version: String = "HTTP/1.1", target: String = "/",
        hosts: [String] = ["h"]
    ) -> Int? {
        let head = RequestHead(
            method: method, version: version, target: target,
            headers: hosts.map { (name: "Host", value: $0) } + headers.map { (name: $0.0, value: $0.1) })
        return switch head.verdict(bodyBytesMax: 100) {
        case .serve: nil
        case .refuse(let status): status
        }
    }

    @Test("are served up to the cap of the body")
    func cap() {
        #expect(status([("Content-Length", "100")]) == nil)
        #expect(status([("Content-Length", "101")]) == 413)
        #expect(status([("Content-Length", "99999999999999999999999")]) == 413)
        #expect(status([("Content-Length", "000")]) == nil)
    }

    @Test("with a length that is no number are refused", arguments: ["", "-1", "+1", "1, 1", "0x10", "1 2", "١"])
    func lengths(text: String) {
        #expect(status([("Content-Length", text)]) == 400)
    }

    @Test("whose body could end in two places are refused")
    func framing() {
        #expect(status([("Content-Length", "1"), ("content-length", "1")]) == 400)
        #expect(status([("Content-Length", "1"), ("Transfer-Encoding", "chunked")]) == 400)
        #expect(status([("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]) == 400)
        #expect(status([("Transfer-Encoding", "gzip, chunked")]) == 400)
        #expect(status([("Transfer-Encoding", "identity")]) == 400)
        #expect(status([("Transfer-Encoding", "Chunked")]) == nil)
        #expect(status([("Transfer-Encoding", "chunked")], version: "HTTP/1.0") == 400)
    }

    @Test("with names or values that are none are refused")
    func fields() {
        #expect(status([("host", "h")]) == 400)
        #expect(status([("X Y", "1")]) == 400)
        #expect(status([("X ", "1")]) == 400)
        #expect(status([("", "1")]) == 400)
        #expect(status([("X", "a\rb")]) == 400)
        #expect(status([("X", "a\tb ü")]) == nil)
        #expect(status([], method: "G(T") == 400)
        #expect(status([], method: "PURGE") == nil)
        #expect(status([], method: "CONNECT", target: "h:1") == 501)
    }

    @Test("name the host once, which only HTTP/1.0 may leave out")
    func host() {
        #expect(status([], hosts: []) == 400)
        #expect(status([], version: "HTTP/1.2", hosts: []) == 400)
        #expect(status([], version: "HTTP/1.0", hosts: []) == nil)
        #expect(status([], hosts: [""]) == nil)
        #expect(status([], version: "HTTP/1.0", hosts: ["a", "b"]) == 400)
    }

    @Test(
        "offer other protocols where Connection says so",
        arguments: [
            (["Connection: Upgrade", "Upgrade: websocket"], ["websocket"]),
            (["Connection: keep-alive, UPGRADE", "Upgrade: a/1, b ,,c", "upgrade: d"], ["a/1", "b", "c", "d"]),
            (["Connection: x", "connection: upgrade", "Upgrade: a"], ["a"]),
            (["Upgrade: websocket"], []),
            (["Connection: Upgraded", "Upgrade: websocket"], []),
            (["Connection: Upgrade"], []),
        ])
    func offers(lines: [String], protocols: [String]) {
        func head(_ version: String) -> RequestHead {
            let headers = lines.map { $0.components(separatedBy: ": ") }.map { (name: $0[0], value: $0[1]) }
            return RequestHead(method: "GET", version: version, target: "/", headers: headers)
        }

        #expect(head("HTTP/1.1").offeredProtocols == protocols)
        #expect(head("HTTP/1.0").offeredProtocols == [])
    }
}
