public import MarketData

/// What several calls for coins brought together: the pages of a list, or chosen coins.
public struct Sweep: Sendable {
    /// A page that failed.
    public struct Failure: Sendable {
        /// `coins 100 to 199`, or the codes.
        public let page: String
        public let error: UpstreamError

        public init(page: String, error: UpstreamError) {
            self.page = page
            self.error = error
        }
    }

    /// Pages in the order of the calls. A coin that an earlier page brought, too, is taken out: ranks move while pages
    /// are turned, so that one coin may be on two of them.
    public private(set) var pages: [Fetched<[Coin]>] = []
    public private(set) var failures: [Failure] = []
    /// How many coins were taken out as such.
    public private(set) var duplicates = 0
    /// Codes that were asked for and that no page brought, though none failed that they were on.
    public private(set) var missing: [String] = []
    private var seen: Set<String> = []

    public init() {}

    /// All coins, each once.
    public var coins: [Coin] { pages.flatMap(\.value) }

    public var skipped: [Skipped] { pages.flatMap(\.skipped) }

    public var skippedCount: Int { pages.reduce(0) { $0 + $1.skippedCount } }

    /// - Parameter offset: of the page in the whole list; paths of what was left out count from there.
    mutating func add(_ page: Fetched<[Coin]>, offset: Int = 0) {
        let fresh = page.value.filter { seen.insert($0.code).inserted }
        duplicates += page.value.count - fresh.count
        pages.append(page.with(fresh, skipped: page.skipped.map { $0.moved(by: offset) }))
    }

    mutating func add(_ failure: Failure) {
        failures.append(failure)
    }

    /// Notes which of the codes of a page that came are not on it.
    mutating func expect(_ codes: [String]) {
        missing += codes.filter { !seen.contains($0) }
    }
}

extension LiveCoinWatch {
    /// The first `wanted` coins by rank, in pages of at most `perRequest` (1...100), until there are as many or a page
    /// comes short.
    ///
    /// A page that fails is recorded and the next one asked for, unless its error says that the next would fail, too.
    public func sweep(coins wanted: Int, perRequest: Int = 100) async -> Sweep {
        var sweep = Sweep()
        var offset = 0
        while offset < wanted {
            let limit = min(LiveCoinWatchRequests.clamped(perRequest), wanted - offset)
            do throws(UpstreamError) {
                let page = try await coinsPage(offset: offset, limit: limit)
                sweep.add(page, offset: offset)
                guard page.recordCount >= limit else { break }
                offset += page.recordCount
            } catch {
                let range = "coins \(offset + 1) to \(offset + limit)"
                guard note(error, page: range, in: &sweep) else { break }
                offset += limit
            }
        }
        return sweep
    }

    /// Chosen coins, 100 a call. Codes are taken in any case, each once; without one nothing is asked.
    public func chosen(_ codes: [String]) async -> Sweep {
        var sweep = Sweep()
        var known: Set<String> = []
        let wanted = codes.compactMap(TagText.code).filter { known.insert($0).inserted }
        for start in stride(from: 0, to: wanted.count, by: LiveCoinWatchRequests.limitMax) {
            let chunk = Array(wanted[start..<min(start + LiveCoinWatchRequests.limitMax, wanted.count)])
            do throws(UpstreamError) {
                sweep.add(try await coinMap(chunk))
                sweep.expect(chunk)
            } catch {
                guard note(error, page: chunk.joined(separator: ","), in: &sweep) else { break }
            }
        }
        return sweep
    }

    /// Records a page that failed; says whether the next one is worth asking for.
    private func note(_ error: UpstreamError, page: String, in sweep: inout Sweep) -> Bool {
        sweep.add(Sweep.Failure(page: page, error: error))
        observe(.pageFailed(endpoint: error.endpoint, page: page, reason: error.kind.label))
        return !error.endsSweep
    }
}

extension Skipped {
    /// The path with the first index raised: `coins[17].rate` of the second page is `coins[117].rate` of the list.
    fileprivate func moved(by offset: Int) -> Skipped {
        guard offset > 0, let open = path.firstIndex(of: "["), let close = path[open...].firstIndex(of: "]"),
            let index = Int(path[path.index(after: open)..<close])
        else { return self }
        return Skipped(path: "\(path[...open])\(index + offset)\(path[close...])", reason: reason, isRecord: isRecord)
    }
}
