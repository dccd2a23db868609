import CoinlineFiles
import CoinlineJSON
public import InfluxWriter

/// Copies every batch that waits into another folder, so that it can be sent from elsewhere: as
/// `<destination>/<bucket's folder>/<file>`, with the bucket's mark of origin beside them.
///
/// Nothing is taken away, and nothing in that folder is replaced: a batch that is there already with the same bytes is
/// left as it is, one with others is an error. What an error leaves behind is whole, and the next try goes on from it.
public struct OutboxExport: Sendable {
    private let dataFolder: String
    private let target: String

    /// - Parameter target: made when it is missing.
    public init(dataFolder: String, to target: String) {
        self.dataFolder = dataFolder
        self.target = target
    }

    /// Everything that was copied is on the disk when it returns, which it does early when its task is cancelled.
    public func run() throws(OutboxExportError) -> OutboxExportReport {
        let parts = try parts()
        for part in parts { try checkMarks(of: part) }
        var report = OutboxExportReport(folder: target)
        for part in parts {
            let copied = try copy(part)
            if copied.batches + copied.batchesThere > 0 { report.parts.append(copied) }
        }
        report.isStopped = Task.isCancelled
        return report
    }

    /// A bucket of a destination, and where it goes.
    private struct Part {
        let layout: OutboxLayout
        let bucket: Bucket
        let target: String

        var source: String { layout.folder(of: bucket) }
    }

    private func parts() throws(OutboxExportError) -> [Part] {
        do throws(OutboxError) {
            var parts: [Part] = []
            for layout in try OutboxLayout.all(in: dataFolder) {
                for bucket in try OutboxReader(layout).buckets() {
                    let folder = "\(target)/\(layout.destination)/\(bucket.folderName)"
                    parts.append(Part(layout: layout, bucket: bucket, target: folder))
                }
            }
            return parts
        } catch {
            throw .outbox(error)
        }
    }

    /// Before anything is written: real and simulated batches do not share a folder.
    private func checkMarks(of part: Part) throws(OutboxExportError) {
        guard let there = try mark(in: part.target), there != (try mark(in: part.source)) else { return }
        throw .otherMark(folder: part.target)
    }

    private func mark(in folder: String) throws(OutboxExportError) -> Origin? {
        do throws(OriginError) { return try OriginMark(folder: folder).read() } catch { throw .mark(error) }
    }

    private func copy(_ part: Part) throws(OutboxExportError) -> OutboxExportReport.Part {
        var report = OutboxExportReport.Part(folder: part.target)
        var failure: OutboxExportError?
        let reader = OutboxReader(part.layout)
        do throws(OutboxError) {
            try reader.forEachBatch(in: part.bucket) { name in
                guard failure == nil, !Task.isCancelled else { return }
                do throws(OutboxExportError) {
                    try copy(name, of: part, reader, &report)
                } catch {
                    failure = error
                }
            }
        } catch {
            throw .outbox(error)
        }
        if let failure { throw failure }
        if report.batches > 0 { try onDisk { () throws(FileError) in try Files.syncFolder(part.target) } }
        return report
    }

    private func copy(
        _ name: BatchName, of part: Part, _ reader: OutboxReader, _ report: inout OutboxExportReport.Part
    ) throws(OutboxExportError) {
        let batch: BatchFile?
        do throws(OutboxError) { batch = try reader.read(name, in: part.bucket) } catch { throw .outbox(error) }
        // It was sent meanwhile.
        guard let batch else { return }
        if report.batches + report.batchesThere == 0 { try prepare(part) }
        let path = "\(part.target)/\(name.fileName)"
        if Files.exists(path) {
            let there = try onDisk { () throws(FileError) in
                try Files.read(path, bytesMax: max(batch.body.count, 1))
            }
            guard there == batch.body else { throw .otherFile(path) }
            report.batchesThere += 1
        } else {
            try onDisk { () throws(FileError) in
                try DurableFile.write(batch.body, to: name.fileName, in: part.target, syncing: .content)
            }
            report.batches += 1
            report.lines += batch.lines
            report.bytes += batch.body.count
        }
    }

    /// The folder, and the mark in it before the first batch.
    private func prepare(_ part: Part) throws(OutboxExportError) {
        try onDisk { () throws(FileError) in try Files.makeFolders(part.target) }
        guard let origin = try mark(in: part.source) else { return }
        let claimed: Origin
        do throws(OriginError) { claimed = try OriginMark(folder: part.target).claim(origin) } catch {
            throw .mark(error)
        }
        guard claimed == origin else { throw .otherMark(folder: part.target) }
    }

    private func onDisk<Result>(_ body: () throws(FileError) -> Result) throws(OutboxExportError) -> Result {
        do throws(FileError) { return try body() } catch {
            throw error.isTooLarge ? .otherFile(error.path) : .file("\(error)")
        }
    }
}

/// Why an export ended early.
public enum OutboxExportError: Error, Sendable, CustomStringConvertible {
    case outbox(OutboxError)
    case file(String)
    case mark(OriginError)
    /// The folder holds data of the other origin.
    case otherMark(folder: String)
    /// A file of that name with other bytes.
    case otherFile(String)

    /// Whether real and simulated data would be mixed.
    public var isMixed: Bool {
        if case .otherMark = self { true } else { false }
    }

    public var description: String {
        switch self {
        case .outbox(let error): "\(error)"
        case .file(let text): text
        case .mark(let error): "\(error)"
        case .otherMark(let folder):
            "\(folder) has another mark of origin than the batches that would be copied there: name another folder"
        case .otherFile(let path): "\(path) is there already with other bytes and is not replaced: name another folder"
        }
    }
}

/// What an export did.
public struct OutboxExportReport: Sendable {
    /// One bucket of one destination.
    struct Part: Equatable {
        let folder: String
        var batches = 0
        var lines = 0
        var bytes = 0
        /// Were there from an earlier export.
        var batchesThere = 0
    }

    private enum Shown {
        /// Files that a shell can be given at once: their paths together stay far below what a command line takes.
        static let onCommandLine = 1_000
    }

    let folder: String
    var parts: [Part] = []
    /// Whether more waits that was not looked at.
    public internal(set) var isStopped = false

    private func sum(_ count: KeyPath<Part, Int>) -> Int { parts.reduce(0) { $0 + $1[keyPath: count] } }

    /// For a person, without a line break at the end.
    ///
    /// - Parameter loadCommand: what the person types in front of files to send them.
    public func text(loadCommand: String) -> String {
        guard !isStopped else {
            return "stopped, \(Plural.batches(sum(\.batches))) copied to \(folder); the same command goes on from there"
        }
        guard !parts.isEmpty else { return "Nothing waits, so nothing was copied." }
        let there = sum(\.batchesThere)
        var head =
            "\(Plural.batches(sum(\.batches))) with \(Plural.points(sum(\.lines))) copied to \(folder) "
            + "(\(ByteText.text(sum(\.bytes))))"
        if there > 0 { head += "; \(Plural.batches(there)) there already" }
        return
            ([head, "They still wait here too. Send the copies, where they are taken to, with:"]
            + parts.map { "  " + Self.command(for: $0, loadCommand) }).joined(separator: "\n")
    }

    private static func command(for part: Part, _ loadCommand: String) -> String {
        let folder = ShellText.quoted(path: part.folder)
        guard part.batches + part.batchesThere > Shown.onCommandLine else { return "\(loadCommand) \(folder)/*.lp.gz" }
        return "find \(folder) -name '*.lp.gz' -print0 | sort -z | xargs -0 \(loadCommand)"
    }

    public func json() -> String {
        JSONWriter.object { out in
            out.member("folder", folder)
            out.member("batches", sum(\.batches))
            out.member("points", sum(\.lines))
            out.member("bytes", sum(\.bytes))
            out.member("batches_there_already", sum(\.batchesThere))
            out.member("folders", parts.map(\.folder))
            out.member("is_stopped", isStopped)
        }.text
    }
}
