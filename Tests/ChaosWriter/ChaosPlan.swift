import CoinlineBase
import InfluxWriter

/// What the program is told: words of the form `name=value`.
struct ChaosPlan: Sendable {
    enum Mode: String {
        /// Writes points, then closes.
        case write
        /// Sends what is there, then closes.
        case drain
    }

    var mode = Mode.write
    var folder = ""
    var url = ""
    var api = InfluxDB.API.v2
    var token = "a-token"
    var run = "run"
    var seed: UInt64 = 1
    /// The number of the first point, and how many there are.
    var first = 0
    var count = 1_000
    var poison = 0
    var callMax = 200
    var batchLines = 200
    /// So many times as fast its waits pass.
    var speed = 1.0
    /// Of a request, in real time, which no speed changes.
    var deadlineMs = 5_000
    /// How long it goes on sending at the end, in its own time.
    var closeSeconds = 5
    /// Without any headway for so long, in its own time, what is there is sent no longer.
    var patienceSeconds = 60

    init(_ words: some Sequence<String>) throws {
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, try set(parts[0], parts[1]) else { throw ChaosError("cannot use \(word)") }
        }
        guard !folder.isEmpty, !url.isEmpty else { throw ChaosError("folder= and url= are needed") }
    }

    private mutating func set(_ name: String, _ text: String) throws -> Bool {
        func read<Value: LosslessStringConvertible>(_ value: inout Value) -> Bool {
            guard let new = Value(text) else { return false }
            value = new
            return true
        }
        switch name {
        case "mode": return read(&mode)
        case "folder": return read(&folder)
        case "url": return read(&url)
        case "api":
            guard let new = InfluxDB.API(rawValue: text) else { return false }
            api = new
            return true
        case "token": return read(&token)
        case "run": return read(&run)
        case "seed": return read(&seed)
        case "first": return read(&first)
        case "count": return read(&count)
        case "poison": return read(&poison)
        case "callMax": return read(&callMax)
        case "batchLines": return read(&batchLines)
        case "speed": return read(&speed)
        case "deadlineMs": return read(&deadlineMs)
        case "closeSeconds": return read(&closeSeconds)
        case "patienceSeconds": return read(&patienceSeconds)
        default: return false
        }
    }

    var configuration: Writer.Configuration {
        var configuration = Writer.Configuration(dataFolder: folder)
        configuration.limits.linesMax = batchLines
        configuration.dialect = api == .v1 ? .influx1 : .influx2
        // Only the disk itself shall say that it is full.
        configuration.capacity.freeBytesMin = -(1 << 30)
        configuration.sealAfter = .seconds(1)
        return configuration
    }

    func destination() throws -> InfluxDB {
        var configuration = InfluxDB.Configuration(url: url)
        configuration.api = api
        configuration.organization = "market"
        configuration.token = api == .v1 ? nil : Token(token)
        configuration.deadline = .milliseconds(deadlineMs)
        return try InfluxDB(configuration)
    }

    var timing: Timing {
        let now = Timing.system.now()
        return .simulated(start: now, at: now, speed: speed)
    }
}

extension ChaosPlan.Mode: LosslessStringConvertible {
    init?(_ text: String) { self.init(rawValue: text) }
    var description: String { rawValue }
}

struct ChaosError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
