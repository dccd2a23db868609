import CoinlineFiles

/// Batches that wait on disk, one file each: `outbox/<destination>/<bucket>/<batch name>` in a data folder.
///
/// What is in a folder is pending; there is no index that could disagree with it. A file appears whole and synced or
/// not at all. Calls block on the disk.
public struct KeptBatches: Sendable {
    /// The outbox's folder of this destination.
    public let folder: String

    /// - Parameters:
    ///   - dataFolder: made by the first batch, with its parents, when it is missing.
    ///   - destination: `main`, or another name of `a–z 0–9 _ -`, at most 32.
    public init(dataFolder: String, destination: String = "main") {
        precondition(Self.isDestination(destination), "a destination's name has 1 to 32 of a-z, 0-9, _ and -")
        folder = dataFolder + "/outbox/" + destination
    }

    /// Where the batches of a bucket lie.
    public func folder(of bucket: Bucket) -> String {
        folder + "/" + bucket.folderName
    }

    /// Writes a batch, synced with its folder, and returns the path of the file.
    public func keep(_ batch: BatchFile, for bucket: Bucket) throws(KeptBatchError) -> String {
        let path = path(of: batch.name, in: bucket)
        guard bucket.isValid else {
            throw KeptBatchError(path: path, reason: "the bucket's name is empty or too long for a folder")
        }
        do throws(FileError) {
            try Files.makeFolders(folder(of: bucket))
            try DurableFile.write(batch.body, to: batch.name.fileName, in: folder(of: bucket))
        } catch {
            throw KeptBatchError(path: path, reason: error.description)
        }
        return path
    }

    /// The buckets that have a folder, by folder name; none where there is no outbox yet.
    public func buckets() throws(KeptBatchError) -> [Bucket] {
        try names(inFolder: folder).compactMap { Bucket(folderName: $0) }
    }

    /// The batches of a bucket, oldest first; temporaries and foreign files are left out.
    public func names(in bucket: Bucket) throws(KeptBatchError) -> [BatchName] {
        try names(inFolder: folder(of: bucket)).compactMap { BatchName(parsing: $0) }.sorted()
    }

    /// Reads a batch back, at most ``batchBytesMax`` long.
    public func read(_ name: BatchName, in bucket: Bucket) throws(KeptBatchError) -> BatchFile {
        let path = path(of: name, in: bucket)
        do throws(FileError) {
            return BatchFile(name: name, body: try Files.read(path, bytesMax: Self.batchBytesMax))
        } catch {
            throw KeptBatchError(path: path, reason: error.description)
        }
    }

    /// Deletes an acknowledged batch for good; one that is gone already is fine.
    public func remove(_ name: BatchName, in bucket: Bucket) throws(KeptBatchError) {
        let path = path(of: name, in: bucket)
        do throws(FileError) {
            try Files.remove(path)
            if Files.exists(folder(of: bucket)) { try Files.syncFolder(folder(of: bucket)) }
        } catch {
            throw KeptBatchError(path: path, reason: error.description)
        }
    }

    /// Our own batches hold 4 MiB before compression; another writer's may be bigger.
    public static let batchBytesMax = 64 << 20

    public func path(of name: BatchName, in bucket: Bucket) -> String {
        folder(of: bucket) + "/" + name.fileName
    }

    private func names(inFolder path: String) throws(KeptBatchError) -> [String] {
        guard Files.exists(path) else { return [] }
        do throws(FileError) {
            return try Files.names(in: path)
        } catch {
            throw KeptBatchError(path: path, reason: error.description)
        }
    }

    static func isDestination(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }
}

extension KeptBatches {
    /// The bucket and the name of a file of this outbox, wherever the path starts from; nil for any other file.
    ///
    /// Only the text is compared: the caller makes both absolute first if one of them is not.
    public func locate(_ path: String) -> (bucket: Bucket, name: BatchName)? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        let own = folder.split(separator: "/", omittingEmptySubsequences: true)
        guard path.hasPrefix("/") == folder.hasPrefix("/"), parts.count == own.count + 2,
            parts.dropLast(2).elementsEqual(own),
            let bucket = Bucket(folderName: String(parts[own.count])),
            let name = BatchName(parsing: String(parts[own.count + 1]))
        else { return nil }
        return (bucket, name)
    }
}

/// A batch could not be written, read or deleted.
public struct KeptBatchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file or folder in question.
    public let path: String
    /// What the system said, with the operation.
    public let reason: String

    public var description: String { "the batch file \(path) cannot be used: \(reason)" }
}
