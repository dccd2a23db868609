import CoinlineBase
import CoinlineJSON
import MarketSimulator
import TestKit

/// A running simulator at a time that stands still, and a client that speaks to it over a plain socket.
struct SimulatedService {
    /// 2026-07-01T12:34:56.789Z: off every grid.
    static let time = UTCTime(milliseconds: 1_782_909_296_789)

    let simulator: MarketSimulator
    let clock: ManualTiming

    init(isAdvancing: Bool = false, _ change: (inout SimulatorConfiguration) -> Void = { _ in }) throws {
        clock = ManualTiming(start: Self.time, isAdvancing: isAdvancing)
        var configuration = SimulatorConfiguration()
        configuration.timing = clock.timing
        change(&configuration)
        simulator = try MarketSimulator(configuration)
    }

    var market: Market { simulator.market }

    static let key = (name: "X-Api-Key", value: "any-key")
    static let json = (name: "content-type", value: "application/json")

    func ask(
        _ path: String, _ body: String = "{}", method: String = "POST",
        headers: [(name: String, value: String)] = [Self.key, Self.json]
    ) async throws -> RawAnswer {
        var request = RawRequest(method, simulator.baseURL + path)
        request.headers = headers
        request.body = Array(body.utf8)
        return try await request.send()
    }

    /// The document of an answer that must be a success.
    func document(_ path: String, _ body: String = "{}") async throws -> JSONCursor {
        let answer = try await ask(path, body)
        guard answer.status == 200 else { throw TestKitError("\(path) \(body): \(answer.status) \(answer.text)") }
        return try JSONCursor(answer.body, name: path)
    }
}

/// Runs a simulator for the length of a test's body.
func withService(
    isAdvancing: Bool = false, _ change: (inout SimulatorConfiguration) -> Void = { _ in },
    _ body: (SimulatedService) async throws -> Void
) async throws {
    let service = try SimulatedService(isAdvancing: isAdvancing, change)
    do {
        try await body(service)
    } catch {
        await service.simulator.stop()
        throw error
    }
    await service.simulator.stop()
}

extension JSONCursor {
    var names: [String] { ((try? members()) ?? []).map(\.name) }

    func text(_ name: String) throws -> String { try requiredMember(name).string() }
    func number(_ name: String) throws -> Double { try requiredMember(name).double() }
    func whole(_ name: String) throws -> Int64 { try requiredMember(name).int64() }

    /// Nil where it is null or missing.
    func optionalNumber(_ name: String) throws -> Double? {
        guard let value = try member(name), !value.isNull else { return nil }
        return try value.double()
    }
}
