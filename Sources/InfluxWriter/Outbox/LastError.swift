import CoinlineBase
import CoinlineFiles
import CoinlineJSON

/// What a destination said last that was not an acknowledgement, kept beside what waits for it, so that somebody who
/// looks later can tell why it does.
///
/// A help for people only: nothing is decided by it, and where it cannot be written or read it is not there.
package struct LastError: Sendable, Hashable {
    /// When it was said.
    package let time: Timestamp
    /// The words.
    package let message: String

    static let fileName = ".last-error"
    private static let format = 1
    private static let fileBytesMax = 64 << 10

    /// An answer at a moment.
    package init(time: Timestamp, message: String) {
        self.time = time
        self.message = message
    }

    /// Nil where nothing went wrong since something was acknowledged last, as far as is known.
    package static func read(_ layout: OutboxLayout) -> LastError? {
        do {
            let bytes = try Files.read("\(layout.folder)/\(fileName)", bytesMax: fileBytesMax)
            let object = try JSONCursor(bytes, name: fileName)
            guard try object.member("format")?.int64() == Int64(format),
                let time = UTCTime(rfc3339: try object.member("time")?.string() ?? ""),
                let message = try object.member("message")?.string()
            else { return nil }
            return LastError(time: Timestamp(nanoseconds: time.nanoseconds), message: message)
        } catch {
            return nil
        }
    }

    /// Keeps it in the place of an earlier one.
    package func write(_ layout: OutboxLayout) {
        var out = JSONWriter()
        out.beginObject()
        out.member("format", Self.format)
        out.member("time", "\(UTCTime(nanoseconds: time.nanoseconds))")
        out.member("message", message)
        out.endObject()
        do {
            try DurableFile.write(
                Array((out.text + "\n").utf8), to: Self.fileName, in: layout.folder, syncing: .nothing)
        } catch {
            // A disk that takes nothing is told by those who need it.
        }
    }

    /// Everything is well again.
    package static func remove(_ layout: OutboxLayout) {
        do { try Files.remove("\(layout.folder)/\(fileName)") } catch {
            // It is told with its time, so an old one does little harm.
        }
    }
}

extension Outbox {
    /// Keeps what was said last for as long as something waits. Only the owner does.
    func keep(_ error: LastError?) {
        guard isOwner else { return }
        if totals.batches == 0 {
            if keptError != .some(nil) { LastError.remove(layout) }
            keptError = .some(nil)
        } else if let error, keptError != error {
            error.write(layout)
            keptError = error
        }
    }
}
