import CoinlineJSON
import TestKit

/// A destination that can be read back.
enum Backend: Sendable {
    case fake(FakeInfluxDB2)
    case influxDB1(InfluxDB1)

    enum Kind: String, CaseIterable, Sendable {
        case fake = "fake of 2.7"
        case influxDB1 = "InfluxDB 1.6"
    }

    static let buckets = ["chaos_a", "chaos_b"]

    /// With a field `clash` that holds texts.
    static func start(_ kind: Kind) async throws -> Backend {
        let seed = "chaos,run=seed clash=\"text\" \(Expected.startSeconds)000000000\n"
        switch kind {
        case .fake:
            var configuration = FakeInfluxDB2.Configuration.standard
            configuration.buckets = buckets.enumerated().map { index, name in
                FakeInfluxDB2.Bucket(name, id: "1e3caa06a3c78a6\(index)")
            }
            let fake = try FakeInfluxDB2(configuration)
            for bucket in buckets {
                var request = RawRequest("POST", "\(fake.url)/api/v2/write?org=market&bucket=\(bucket)")
                request.headers = [("Authorization", "Token \(FakeInfluxDB2.operatorToken)")]
                request.body = Array(seed.utf8)
                let answer = try await request.send()
                guard answer.status == 204 else { throw TestKitError(answer.text) }
            }
            return .fake(fake)
        case .influxDB1:
            let server = try await InfluxDB1.start()
            for bucket in buckets {
                try await server.createDatabase(bucket)
                try await server.write(seed, database: bucket)
            }
            return .influxDB1(server)
        }
    }

    var url: String {
        switch self {
        case .fake(let fake): fake.url
        case .influxDB1(let server): server.url
        }
    }

    /// What the writer is told of it.
    var words: [String] {
        switch self {
        case .fake: ["api=v2", "token=\(FakeInfluxDB2.operatorToken)"]
        case .influxDB1: ["api=v1"]
        }
    }

    func stop() async {
        switch self {
        case .fake(let fake): await fake.stop()
        case .influxDB1(let server): await server.stop()
        }
    }

    /// All points of a bucket but the one that it began with.
    func points(in bucket: String) async throws -> [FakeInfluxDB2.StoredPoint] {
        let points: [FakeInfluxDB2.StoredPoint]
        switch self {
        case .fake(let fake): points = fake.readablePoints(in: bucket).map(\.point)
        case .influxDB1(let server):
            points = try await server.series("SELECT * FROM chaos GROUP BY *", database: bucket).flatMap(Self.points)
        }
        return points.filter { $0.tags["run"] != "seed" }
    }

    private static func points(of series: InfluxDB1.Series) throws -> [FakeInfluxDB2.StoredPoint] {
        try series.rows.map { row in
            var point = FakeInfluxDB2.StoredPoint(
                measurement: series.name, tags: series.tags.filter { !$0.value.isEmpty }, fields: [:], time: 0)
            for (column, value) in zip(series.columns, row) where !value.isNull {
                switch column {
                case "time": point.time = try value.int64()
                // The answer's JSON does not tell integers from floats, the names do.
                case "v": point.fields[column] = .float(try value.double())
                case _ where value.kind == .number: point.fields[column] = .integer(try value.int64())
                case _ where value.kind == .boolean: point.fields[column] = .boolean(try value.boolean())
                default: point.fields[column] = .string(try value.string())
                }
            }
            return point
        }
    }
}
