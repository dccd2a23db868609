import TestKit

@testable import CoinlineHTTP

func gzip(_ bytes: [UInt8]) async throws -> [UInt8] {
    var program = ProgramRun("/bin/gzip", ["-9", "-n", "-c"])
    program.input = bytes
    let result = try await program.result()
    guard result.exitCode == 0 else { throw TestKitError("gzip failed: \(result)") }
    return result.output
}

/// The error of a request that must fail.
func failure(of client: HTTPClient, _ request: HTTPRequest) async -> HTTPError? {
    do {
        _ = try await client.send(request)
        return nil
    } catch {
        return error as? HTTPError
    }
}

/// Closes the client and waits for the end of its thread.
func closeAndWait(_ client: HTTPClient) async {
    client.close()
    await withCheckedContinuation { continuation in client.loop.whenEnded { continuation.resume() } }
}
