import CoinlineBase
import CoinlineCompression
import CoinlineFiles
import LineProtocol

extension WriterCore {
    static func outbox(
        _ configuration: Writer.Configuration, _ disk: DiskNews, _ tell: @escaping @Sendable (Event) -> Void
    ) throws(WriteError) -> Outbox {
        guard OutboxLayout.isDestination(configuration.destination) else {
            let text = "a destination's name has 1 to 32 of a-z, 0-9, _ and -: \(configuration.destination)"
            throw WriteError(reason: .outbox(text))
        }
        var settings = OutboxConfiguration(now: configuration.now)
        settings.sync = configuration.sync
        settings.capacity = configuration.capacity
        settings.letters = configuration.deadLetters
        settings.observe = { event in
            if case .disk(let state) = event { disk.note(state) }
            if let told = event.forApplications { tell(told) }
        }
        let layout = OutboxLayout(dataFolder: configuration.dataFolder, destination: configuration.destination)
        do throws(OutboxError) {
            return try Outbox(layout, settings)
        } catch {
            throw WriteError(reason: .outbox(error.description))
        }
    }

    /// What was learned by earlier processes, and what the caller declares.
    static func types(_ configuration: Writer.Configuration, _ outbox: Outbox) throws(WriteError) -> SchemaGuard {
        var types = FieldTypes()
        let path = outbox.layout.schemaPath
        do {
            if let json = try outbox.savedTypes() { types = try FieldTypes(json: json) }
        } catch {
            throw WriteError(
                reason: .outbox("the field types in \(path) cannot be read (\(error)); nothing was changed"))
        }
        var guardNow = SchemaGuard(types)
        for known in configuration.fieldTypes {
            guardNow.declare(known.type, of: known.field, measurement: known.measurement, in: known.bucket)
        }
        return guardNow
    }

    static func compressors(_ level: Int) throws(WriteError) -> [Compressor] {
        do throws(CompressionError) {
            return [try Compressor(level: level), try Compressor(level: level)]
        } catch {
            throw WriteError(reason: .compression(error.description))
        }
    }
}

/// A deflate state that is reused. One batch at a time.
final class Compressor: Sendable {
    private let gzip: Locked<Gzip>

    init(level: Int) throws(CompressionError) {
        gzip = Locked(try Gzip(level: level))
    }

    func compress(_ chunk: Chunk, _ precision: Precision) -> CompressedBatch {
        let overwrites = Overwrites.count(in: chunk, precision)
        do throws(CompressionError) {
            let body = try gzip.withLock { (gzip) throws(CompressionError) in try gzip.compress(chunk.bytes) }
            return CompressedBatch(body: .success(body), overwrites: overwrites)
        } catch {
            return CompressedBatch(body: .failure(.compression(error.description)), overwrites: overwrites)
        }
    }
}

struct CompressedBatch: Sendable {
    let body: Result<[UInt8], WriteError.Reason>
    let overwrites: Int

    var bytes: Int {
        switch body {
        case .success(let bytes): bytes.count
        case .failure: 0
        }
    }
}
