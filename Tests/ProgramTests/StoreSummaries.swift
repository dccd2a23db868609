import Foundation
import LineProtocol
import MarketStore

/// What the embedded store of a folder holds, read anew each time.
struct StoreSummaries {
    private let path: String
    private var found: [String: MeasurementSummary] = [:]

    init(_ folder: String) {
        path = folder + "/data/coinline.sqlite"
    }

    func read() throws -> StoreSummaries {
        var copy = self
        let summaries = try StoreReader(path: path).summaries()
        copy.found = Dictionary(uniqueKeysWithValues: summaries.map { ($0.measurement, $0) })
        return copy
    }

    func points(_ measurement: String) -> Int { found[measurement]?.points ?? 0 }
    func last(_ measurement: String) -> Timestamp? { found[measurement]?.last }
    func series(_ measurement: String) -> Int { found[measurement]?.series ?? 0 }
}

/// Everything in a folder.
func namesIn(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
}

/// The paths of all files below a folder, relative to it.
func filesBelow(_ folder: String) -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
    return walk.compactMap { $0 as? String }.filter { name in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
            && !isFolder.boolValue
    }.sorted()
}

/// The bytes of a file.
func bytes(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}
