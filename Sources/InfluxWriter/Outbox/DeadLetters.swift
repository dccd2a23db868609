import CoinlineFiles

/// The dead letters of a destination: a folder, one readable file each.
///
/// Anyone may look, and remove what he has dealt with; only the process that delivers writes. Calls wait for the disk.
public struct DeadLetters: Sendable {
    /// How much is kept. When there is more, the oldest go (`dropOldest`) until a tenth of it is free, counted by who
    /// wrote the last.
    public struct Capacity: Sendable, Hashable {
        /// Enough to see what is wrong, and few enough to be listed.
        public var lettersMax = 10_000
        /// Of letters and set-aside batches together.
        public var bytesMax = 256 << 20

        /// 10,000 letters, 256 MiB.
        public init() {}
    }

    /// Made by the first letter.
    public let folder: String

    /// The dead letters of the layout's destination.
    public init(_ layout: OutboxLayout) {
        folder = layout.deadLetterFolder
    }

    /// Oldest first. Files that are no dead letters are left out.
    public func names() throws(OutboxError) -> [DeadLetterName] {
        try guarded { () throws(FileError) in try sizes().map(\.name) }
    }

    /// Nil where it is not there, or is no dead letter.
    public func read(_ name: DeadLetterName) throws(OutboxError) -> DeadLetter? {
        try guarded { () throws(FileError) in
            try bytes(path(of: name)).flatMap { DeadLetter(text: $0) }
        }
    }

    /// The bytes of a batch that was set aside, damaged or not; nil for a line, and where they are gone.
    public func body(of letter: DeadLetter) throws(OutboxError) -> [UInt8]? {
        guard case .batch(let fileName, _) = letter.content else { return nil }
        return try guarded { () throws(FileError) in try bytes("\(folder)/\(fileName)") }
    }

    /// Removes a letter that was dealt with, and what lies beside it. That it is not there is fine.
    public func remove(_ name: DeadLetterName) throws(OutboxError) {
        try guarded { () throws(FileError) in
            try delete(name)
            if Files.exists(folder) { try Files.syncFolder(folder) }
        }
    }

    /// Where the file of a letter lies.
    public func path(of name: DeadLetterName) -> String { "\(folder)/\(name)" }

    /// What stands in a letter is at most a line, and a line at most a batch.
    private static let letterBytesMax = BatchVerification.contentBytesMax + (64 << 10)
}

// MARK: For the outbox

extension DeadLetters {
    struct Size: Equatable {
        let name: DeadLetterName
        /// With the batch beside it.
        var bytes: Int
    }

    /// Writes letters, over older ones of their names. When it returns, they survive a loss of power.
    func put(_ letters: [(name: DeadLetterName, letter: DeadLetter)]) throws(FileError) {
        guard !letters.isEmpty else { return }
        try Files.makeFolders(folder)
        for (name, letter) in letters {
            try DurableFile.write(letter.text, to: "\(name)", in: folder, syncing: .content)
        }
        try Files.syncFolder(folder)
    }

    /// Moves the file of a batch beside a letter about it. The letter is there first, and moving needs no room, so that
    /// at no moment the batch is nowhere. False, and no letter, where the file is gone.
    func setAside(_ batch: BatchName, from bucketFolder: BucketFolder, _ letter: DeadLetter) throws(FileError) -> Bool {
        let name = DeadLetterName(batch, line: 0)
        try put([(name, letter)])
        let (source, place) = (bucketFolder.path(of: batch), "\(folder)/\(batch.fileName)")
        do {
            try Files.rename(source, to: place)
        } catch let error where error.isAcrossFileSystems {
            if let file = try bucketFolder.read(batch) {
                try DurableFile.write(file.body, to: batch.fileName, in: folder)
                try bucketFolder.remove(batch)
            }
        } catch let error where error.isMissing && !Files.exists(source) {
            // An earlier trial may have moved it.
        }
        guard Files.exists(place) else {
            try Files.remove(path(of: name))
            return false
        }
        try Files.syncFolder(folder)
        try Files.syncFolder(bucketFolder.path)
        return true
    }

    /// Removes letters without looking whether they are there; for those that were written in vain.
    func delete(_ name: DeadLetterName) throws(FileError) {
        // The letter last: it is what names the other one.
        if name.line == 0, let text = try bytes(path(of: name)), let letter = DeadLetter(text: text),
            case .batch(let fileName, _) = letter.content
        {
            try Files.remove("\(folder)/\(fileName)")
        }
        try Files.remove(path(of: name))
    }

    /// All letters with their sizes, oldest first.
    func sizes() throws(FileError) -> [Size] {
        guard Files.exists(folder) else { return [] }
        var sizes: [Size] = []
        var bodies: [String: Int] = [:]
        try Files.forEachEntry(in: folder) { (text, kind) throws(FileError) in
            guard kind == .file else { return }
            if let name = DeadLetterName(parsing: text) {
                sizes.append(Size(name: name, bytes: try Files.facts(of: "\(folder)/\(text)")?.bytes ?? 0))
            } else if let batch = BatchName(parsing: text) {
                bodies[batch.id] = try Files.facts(of: "\(folder)/\(text)")?.bytes ?? 0
            }
        }
        for index in sizes.indices where sizes[index].name.line == 0 {
            sizes[index].bytes += bodies[sizes[index].name.batchID] ?? 0
        }
        return sizes.sorted { $0.name < $1.name }
    }

    /// How many there are, by their names.
    func count() throws(FileError) -> Int {
        guard Files.exists(folder) else { return 0 }
        var count = 0
        try Files.forEachEntry(in: folder) { (text, kind) throws(FileError) in
            if kind == .file, DeadLetterName(parsing: text) != nil { count += 1 }
        }
        return count
    }

    /// Where there are too many, removes the oldest letters until a tenth of what may be kept is free, so that not each
    /// further one costs a look at all. Says which went, and how much is left.
    ///
    /// - Parameter newest: written a moment ago, however old their batch is: these go last.
    func trim(
        to capacity: Capacity, besides newest: Set<DeadLetterName> = []
    ) throws(FileError) -> (removed: [DeadLetterName], left: (letters: Int, bytes: Int)) {
        let sizes = try sizes()
        var (letters, bytes) = (sizes.count, sizes.reduce(0) { $0 + $1.bytes })
        var removed: [DeadLetterName] = []
        guard letters > capacity.lettersMax || bytes > capacity.bytesMax else { return ([], (letters, bytes)) }
        let lettersMax = capacity.lettersMax - capacity.lettersMax / 10
        let bytesMax = capacity.bytesMax - capacity.bytesMax / 10
        let inTurn = sizes.filter { !newest.contains($0.name) } + sizes.filter { newest.contains($0.name) }
        for size in inTurn where letters > lettersMax || bytes > bytesMax {
            try delete(size.name)
            (letters, bytes) = (letters - 1, bytes - size.bytes)
            removed.append(size.name)
        }
        return (removed, (letters, bytes))
    }

    /// Of all names in the folder, how many lines of these batches became dead letters, whatever their number is by
    /// now; without reading a file.
    func lines(of batches: [BatchName]) throws(FileError) -> [BatchName: Int] {
        guard Files.exists(folder), !batches.isEmpty else { return [:] }
        let byFamily = Dictionary(grouping: batches, by: \.family)
        var lines: [BatchName: Int] = [:]
        try Files.forEachEntry(in: folder) { (text, kind) throws(FileError) in
            let isLine = DeadLetterName(parsing: text).map { $0.line > 0 } ?? false
            let file = isLine ? BatchName(parsing: Self.batchText(ofLine: text)) : BatchName(parsing: text)
            guard kind == .file, let file, let wanted = byFamily[file.family] else { return }
            for batch in wanted where batch.id == file.id || file.isDescendant(of: batch) {
                lines[batch, default: 0] += isLine ? 1 : file.lines
            }
        }
        return lines
    }

    /// A name of one line for the batch of a letter.
    private static func batchText(ofLine text: String) -> String {
        let id = text.utf8.lastIndex(of: UInt8(ascii: "-")).map { text[..<$0] } ?? ""
        return id + "-ms-1" + BatchName.ending
    }

    private func bytes(_ path: String) throws(FileError) -> [UInt8]? {
        do {
            return try Files.read(path, bytesMax: Self.letterBytesMax)
        } catch let error where error.isMissing {
            return nil
        }
    }

    private func guarded<Result>(_ body: () throws(FileError) -> Result) throws(OutboxError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw OutboxError(error)
        }
    }
}
