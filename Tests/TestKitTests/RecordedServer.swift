import CoinlineBase
import CoinlineJSON
import TestKit

/// The server that was recorded, as it stood when the write cases began: organization, buckets and tokens from the
/// recordings of its set-up, with the clock of the cases about retention.
enum RecordedServer {
    /// Of the moment in which "outside retention" was answered.
    private static let now = UTCTime(nanoseconds: 1_795_265_604_654_866_443)

    static func configuration() throws -> FakeInfluxDB2.Configuration {
        let setUp = try answer("first", of: "influxdb2/setup.json")
        let organization = try setUp.requiredMember("org")
        var buckets = [try bucket(setUp.requiredMember("bucket"))]
        for name in ["change retention", "short retention bucket", "create 1h"] {
            buckets.append(try bucket(answer(name, of: "influxdb2/buckets.json")))
        }
        let operatorToken = try setUp.requiredMember("auth").requiredMember("token").string()
        let tokens = try ["write only", "read only"].map { try token(answer($0, of: "influxdb2/tokens.json")) }
        return try FakeInfluxDB2.Configuration(
            organization: organization.requiredMember("name").string(),
            organizationID: organization.requiredMember("id").string(), buckets: buckets,
            tokens: [.operator(operatorToken)] + tokens, now: { now })
    }

    /// The token that was turned off before the last case.
    static func readToken() throws -> String {
        try answer("read only", of: "influxdb2/tokens.json").requiredMember("token").string()
    }

    private static func answer(_ name: String, of file: String) throws -> JSONCursor {
        guard let exchange = try RecordedExchange.all(file).first(where: { $0.name == name }) else {
            throw TestKitError("no case \"\(name)\" in \(file)")
        }
        return try JSONCursor(exchange.responseBody.bytes ?? [], name: name)
    }

    private static func bucket(_ form: JSONCursor) throws -> FakeInfluxDB2.Bucket {
        let rule = try form.requiredMember("retentionRules").elements().first
        let seconds = try rule?.requiredMember("everySeconds").int64() ?? 0
        let shardSeconds = try rule?.requiredMember("shardGroupDurationSeconds").int64()
        return try FakeInfluxDB2.Bucket(
            form.requiredMember("name").string(), id: form.requiredMember("id").string(),
            retention: seconds == 0 ? nil : .seconds(seconds), shardDuration: shardSeconds.map { .seconds($0) })
    }

    private static func token(_ form: JSONCursor) throws -> FakeInfluxDB2.Token {
        var token = FakeInfluxDB2.Token(try form.requiredMember("token").string())
        for permission in try form.requiredMember("permissions").elements() {
            let bucket = try permission.requiredMember("resource").requiredMember("name").string()
            if try permission.requiredMember("action").string() == "write" {
                token.writes.insert(bucket)
            } else {
                token.reads.insert(bucket)
            }
        }
        return token
    }
}
