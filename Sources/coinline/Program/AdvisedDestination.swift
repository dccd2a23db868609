import InfluxWriter

/// A destination whose answers name the settings that mend them. The client below is a library and knows none.
struct AdvisedDestination: Destination {
    let destination: InfluxDB
    let name: DestinationName

    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        advised(await destination.deliver(batches, to: bucket))
    }

    func check(_ bucket: Bucket) async -> Reply {
        switch await destination.check(bucket) {
        // How a check over the API of InfluxDB 1 or 2 tells InfluxDB 3.
        case .rejected(let lines, let text) where destination.api != .v3:
            .rejected(lines: lines, message: "\(text) (\(name.setting("API"))=v3)")
        case let reply: advised(reply)
        }
    }

    private func advised(_ reply: Reply) -> Reply {
        let (url, token) = (name.setting("URL"), name.setting("TOKEN"))
        return switch reply {
        case .unauthorized(let text): .unauthorized("\(text) (\(token))")
        case .forbidden(let text): .forbidden("\(text) (\(token), \(name.setting("BUCKET")))")
        case .notFound(let missing, let text): .notFound(missing, "\(text) (\(settings(for: missing)))")
        case .unavailable(let text): .unavailable("\(text) (\(url))")
        case .unexpected(let status, let text):
            .unexpected(status: status, "\(text) (\(url), \(name.setting("API")))")
        case .failed(let asked, let text): .failed(after: asked, "\(text) (\(url))")
        case .acknowledged, .rejected, .partial, .tooLarge, .limited, .overloaded, .unproved: reply
        }
    }

    private func settings(for missing: Reply.Missing) -> String {
        switch missing {
        case .bucket, .database: name.setting("BUCKET")
        case .organization: name.setting("ORG")
        case .path, .unknown: "\(name.setting("URL")), and \(name.setting("API"))=v1, v2 or v3"
        }
    }
}
