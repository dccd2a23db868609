import CoinlineBase
import InfluxWriter
import LineProtocol
import TestKit
import Testing

/// What a connection does that is of no consequence for the small batches of the other tests.
@Suite("A writer and a connection that breaks", .timeLimit(.minutes(2)))
struct WeatherTests {
    @Test("a connection that is reset within an upload costs nothing but another one")
    func upload() async throws {
        let place = try await Place()
        // Stored, so that it is about 1 MiB, more than goes out before anybody reads it; a third under a sanitizer.
        let count = Programs.isPlainLane ? 16_000 : 5_000
        let lines = (0..<count).map { Expected.line($0, run: Place.run) }
        try place.data.add(lines, to: Place.bucket.name, .milliseconds, writer: 7, level: 0)
        place.front.forecast([.dropInBody, .dropInBody, .dropInBody])
        let writer = try place.writer()

        let report = await writer.drain(givingUpAfter: .seconds(600))
        _ = await writer.close(within: .zero)

        let uploads = place.front.cutUploads
        #expect(uploads.count == 3 && report.status.requests == 4 && report.status.retries == 3, "\(report)")
        for upload in uploads {
            #expect(
                upload.announced > 64 * count && upload.bytes > 0 && upload.bytes < upload.announced / 2, "\(upload)")
        }
        #expect(report.isDrained && report.status.total.acknowledged == count, "\(report)")
        #expect(try await place.stored() == Array(0..<count))
        await place.end()
    }
}
