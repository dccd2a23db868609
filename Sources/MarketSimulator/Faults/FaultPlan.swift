/// Which faults meet the next request: a list of faults and how many requests each has seen.
struct FaultPlan: Sendable {
    private var entries: [Entry]

    private struct Entry: Sendable {
        let fault: Fault
        var matched = 0
    }

    init(_ faults: [Fault]) {
        entries = faults.map { Entry(fault: $0) }
    }

    /// What happens to this request; counts it.
    mutating func take(for endpoint: Endpoint) -> ActiveFaults {
        var active = ActiveFaults()
        for index in entries.indices {
            let fault = entries[index].fault
            guard fault.endpoint == nil || fault.endpoint == endpoint else { continue }
            entries[index].matched += 1
            let number = entries[index].matched - fault.first
            guard number >= 0, fault.count.map({ number < $0 }) ?? true else { continue }
            active.add(fault.kind)
        }
        return active
    }
}

/// What goes wrong with one request.
struct ActiveFaults: Sendable {
    /// What stands in the answer's place.
    enum Replacement: Sendable {
        case drop
        case status(Int, Fault.RetryHint?)
        case html(status: Int)
        case errorUnder200(code: Int)
        case empty
    }

    private(set) var replacement: Replacement?
    private(set) var skew: Duration?
    private(set) var slowness: Duration?
    private(set) var isCut = false
    private(set) var isTruncated = false

    mutating func add(_ kind: Fault.Kind) {
        switch kind {
        case .status(let status, let hint): replace(.status(status, hint))
        case .html(let status): replace(.html(status: status))
        case .errorUnder200(let code): replace(.errorUnder200(code: code))
        case .empty: replace(.empty)
        case .drop: replace(.drop)
        case .cut: isCut = true
        case .truncated: isTruncated = true
        case .slow(let duration): slowness = slowness ?? duration
        case .skew(let duration): skew = skew ?? duration
        }
    }

    private mutating func replace(_ other: Replacement) {
        if replacement == nil { replacement = other }
    }
}
