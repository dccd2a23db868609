import CoinlineFiles
import InfluxWriter
import MarketStore

/// Whether data comes from a real market or from the simulator. The two never share a bucket or a store.
public enum Origin: String, Sendable, Equatable {
    case real
    case simulated

    var other: Origin { self == .real ? .simulated : .real }
}

/// Why a batch was not let in.
public enum OriginError: Error, Equatable, CustomStringConvertible {
    /// The bucket or store carries the other mark.
    case mixed(marked: Origin, offered: Origin, place: String, advice: String)
    /// The mark cannot be read or made.
    case unreadable(place: String, reason: String)

    /// Only this one is for the user's settings to mend.
    public var isMixed: Bool {
        if case .mixed = self { true } else { false }
    }

    public var description: String {
        switch self {
        case .mixed(let marked, let offered, let place, let advice):
            "\(place) holds \(marked.rawValue) data and is not mixed with \(offered.rawValue) data: \(advice)"
        case .unreadable(let place, let reason):
            "the mark of origin of \(place) cannot be used: \(reason)"
        }
    }
}

/// The mark of a target, wherever that keeps it: the embedded store in its file, a bucket in its folder of the outbox.
public struct OriginKeeper: Sendable {
    private let target: Target
    private let mark: OriginMark

    public init(target: Target, dataFolder: String) {
        self.target = target
        let layout = OutboxLayout(dataFolder: dataFolder, destination: target.name)
        mark = OriginMark(folder: layout.folder(of: target.bucket))
    }

    /// The mark that is there, if any.
    public func marked() throws(OriginError) -> Origin? {
        guard let store = target.store else { return try mark.read() }
        do throws(StoreError) {
            return try store.origin().map { $0 == .real ? .real : .simulated }
        } catch {
            throw .unreadable(place: target.label, reason: error.description)
        }
    }

    /// Fails where the mark that is there is the other one; changes nothing.
    public func check(_ origin: Origin) throws(OriginError) {
        if let marked = try marked(), marked != origin { throw mixed(offered: origin) }
    }

    /// Takes the target for data of this origin, synced when it returns, or finds that it holds the other.
    public func claim(_ origin: Origin) async throws(OriginError) {
        guard try marked() != origin else { return }
        guard let store = target.store else {
            guard try mark.claim(origin) == origin else { throw mixed(offered: origin) }
            return
        }
        do throws(StoreError) {
            try await store.setOrigin(origin == .real ? .real : .simulated)
        } catch {
            if case .otherOrigin = error.reason { throw mixed(offered: origin) }
            throw .unreadable(place: target.label, reason: error.description)
        }
    }

    /// Another data folder would lack the mark of a bucket and so mix what the mark keeps apart.
    private func mixed(offered: Origin) -> OriginError {
        let isStore = target.store != nil
        return .mixed(
            marked: offered.other, offered: offered,
            place: isStore ? target.label : "\(target.label) (by the mark \(mark.path))",
            advice: isStore
                ? "name another folder with COINLINE_DATA_DIR" : "name another one with \(target.bucketSetting)")
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

    var path: String { "\(folder)/\(Self.fileName)" }

    init(folder: String) {
        self.folder = folder
    }

    /// The mark of the folder in which a file lies.
    init(beside file: String) {
        folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    }

    func read() throws(OriginError) -> Origin? {
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

    /// Makes the mark where there is none; gives the one that is there then.
    func claim(_ origin: Origin) throws(OriginError) -> Origin {
        do {
            try Files.makeFolders(folder)
            let word = Array("\(origin.rawValue)\n".utf8)
            if try DurableFile.create(word, named: Self.fileName, in: folder) { return origin }
        } catch {
            throw .unreadable(place: folder, reason: error.description)
        }
        return try read() ?? origin
    }
}
