import InfluxWriter

/// A destination whose answers name the settings that mend them. The client below is a library and knows none.
struct AdvisedDestination: Destination {
    let destination: InfluxDB

    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        Self.advised(await destination.deliver(batches, to: bucket))
    }

    func check(_ bucket: Bucket) async -> Reply {
        switch await destination.check(bucket) {
        // How a check over the API of InfluxDB 1 or 2 tells InfluxDB 3.
        case .rejected(let lines, let text) where destination.api != .v3:
            .rejected(lines: lines, message: "\(text) (COINLINE_INFLUXDB_API=v3)")
        case let reply: Self.advised(reply)
        }
    }

    static func advised(_ reply: Reply) -> Reply {
        switch reply {
        case .unauthorized(let text): .unauthorized("\(text) (INFLUXDB_TOKEN)")
        case .forbidden(let text): .forbidden("\(text) (INFLUXDB_TOKEN, INFLUXDB_BUCKET)")
        case .notFound(let missing, let text): .notFound(missing, "\(text) (\(settings(for: missing)))")
        case .unavailable(let text): .unavailable("\(text) (INFLUXDB_URL)")
        case .unexpected(let status, let text):
            .unexpected(status: status, "\(text) (INFLUXDB_URL, COINLINE_INFLUXDB_API)")
        case .acknowledged, .rejected, .partial, .tooLarge, .overloaded, .unproved: reply
        }
    }

    private static func settings(for missing: Reply.Missing) -> String {
        switch missing {
        case .bucket, .database: "INFLUXDB_BUCKET"
        case .organization: "INFLUXDB_ORG"
        case .path, .unknown: "INFLUXDB_URL, and COINLINE_INFLUXDB_API=v1, v2 or v3"
        }
    }
}
