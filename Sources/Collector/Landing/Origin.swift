import CoinlineFiles

/// Whether data comes from a real market or from the simulator. The two never share a bucket or a store.
public enum Origin: String, Sendable, Equatable {
    case real
    case simulated

    var other: Origin { self == .real ? .simulated : .real }
}

/// Why a batch was not let in.
public enum OriginError: Error, Equatable, CustomStringConvertible {
    /// The bucket or store carries the other mark.
    case mixed(marked: Origin, offered: Origin, place: String)
    /// The mark cannot be read or made.
    case unreadable(place: String, reason: String)

    public var description: String {
        switch self {
        case .mixed(let marked, let offered, let place):
            "\(place) holds \(marked.rawValue) data and is not mixed with \(offered.rawValue) data: "
                + "name another folder with COINLINE_DATA_DIR, or another bucket"
        case .unreadable(let place, let reason):
            "the mark of origin of \(place) cannot be used: \(reason)"
        }
    }
}

/// The file `.origin` in a bucket's folder of the outbox: made exclusively and synced before the first batch, so that of two
/// processes that begin at once one makes it and the other reads it.
struct OriginMark {
    static let fileName = ".origin"
    /// The mark is one word; whatever is longer is not ours.
    private static let bytesMax = 64

    /// The bucket's folder in the outbox.
    let folder: String

    func read() throws(OriginError) -> Origin? {
        let path = "\(folder)/\(Self.fileName)"
        guard Files.exists(path) else { return nil }
        let bytes: [UInt8]
        do { bytes = try Files.read(path, bytesMax: Self.bytesMax) } catch {
            throw .unreadable(place: path, reason: error.description)
        }
        let word = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
        guard let origin = Origin(rawValue: word) else {
            throw .unreadable(place: path, reason: "it says neither real nor simulated")
        }
        return origin
    }

    /// Takes the bucket for `origin`, or finds that it is taken.
    func claim(_ origin: Origin) throws(OriginError) {
        do {
            try Files.makeFolders(folder)
            let word = Array("\(origin.rawValue)\n".utf8)
            if try DurableFile.create(word, named: Self.fileName, in: folder) { return }
        } catch {
            throw .unreadable(place: folder, reason: error.description)
        }
        if let marked = try read(), marked != origin {
            throw .mixed(marked: marked, offered: origin, place: folder)
        }
    }
}
