import Glibc

/// The commands that measure the writer. Each ends with 1 where its bound is not kept.
extension Benchmarks {
    /// What the writer is to reach, as a multiple of encoding and gzip on one thread.
    private static let ratioMin = 1.2
    private static let memoryMax = 128 << 20
    private static let startMax = Duration.seconds(1)

    static func compareWriter(repeats: Int, isJSON: Bool) async throws {
        let speed = try await WriterRuns.speed(points: 200_000, repeats: repeats)
        print(
            isJSON
                ? "{\"reference_points_per_s\":\(Int(speed.reference)),\"writer_points_per_s\":\(Int(speed.writer)),"
                    + "\"ratio\":\(rounded(speed.ratio))}"
                : "writer: \(rounded(speed.writer / 1e6)) million points/s on the clock, synced and acknowledged; "
                    + "encode and gzip 1 on one thread: \(rounded(speed.reference / 1e6)); ratio \(rounded(speed.ratio))"
        )
        if speed.ratio < ratioMin { exit(1) }
    }

    static func holdWriter(_ text: String?, isJSON: Bool) async throws {
        guard let points = text.flatMap({ Int($0) }), points > 0 else { usage() }
        let bytes = try await WriterRuns.peakMemory(points: points)
        print(
            isJSON
                ? "{\"writer_points\":\(points),\"peak_bytes\":\(bytes)}"
                : "writer: \(points) points passed with \(rounded(Double(bytes) / 1_048_576)) MiB resident at the most, "
                    + "the sink in the same process")
        if bytes > memoryMax { exit(1) }
    }

    static func startWriter(_ text: String?, isJSON: Bool) async throws {
        guard let batches = text.flatMap({ Int($0) }), batches > 0 else { usage() }
        let backlog = try await WriterRuns.backlog(batches: batches)
        let (first, all) = (backlog.untilFirstRequest / .seconds(1), backlog.untilDrained / .seconds(1))
        print(
            isJSON
                ? "{\"batches\":\(batches),\"first_request_s\":\(rounded(first)),\"drained_s\":\(rounded(all)),"
                    + "\"requests\":\(backlog.requests),\"peak_bytes\":\(backlog.peakBytes)}"
                : "writer: of \(batches) batches on disk the first went out after \(rounded(first)) s, the last after "
                    + "\(rounded(all)) s in \(backlog.requests) requests, with "
                    + "\(rounded(Double(backlog.peakBytes) / 1_048_576)) MiB resident at the most")
        if backlog.untilFirstRequest > startMax { exit(1) }
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
