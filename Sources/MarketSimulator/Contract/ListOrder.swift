/// Which of the coins or exchanges come first, and which part of them is wanted.
struct ListOrder {
    enum Direction: String, CaseIterable { case ascending, descending }

    let direction: Direction
    let offset: Int
    let limit: Int

    /// More than this in one answer is an error.
    static let limitMax: Int64 = 100

    /// - Parameter limitDefault: what a missing limit means.
    /// - Parameter isZeroAllowed: 0 asks for as many as there are codes in the request.
    init(_ parameters: RequestParameters, limitDefault: Int64, isZeroAllowed: Bool = false) throws(ServiceError) {
        direction = try parameters.word("order", default: .ascending)
        offset = try parameters.integer("offset", in: 0...1_000_000, default: 0)
        let limit = try parameters.integer(
            "limit", in: (isZeroAllowed ? 0 : 1)...Self.limitMax, default: limitDefault)
        self.limit = limit == 0 ? Int(Self.limitMax) : limit
    }

    /// Sorted by a key, equal ones by code, those without a key last in either direction; then the part that is wanted.
    func page<Item, Key: Comparable>(of items: [Item], code: (Item) -> String, by key: (Item) -> Key?) -> [Item] {
        let keyed = items.map { (item: $0, key: key($0), code: code($0)) }
        let sorted = keyed.sorted { left, right in
            guard let leftKey = left.key, let rightKey = right.key else {
                return left.key != nil || (right.key == nil && left.code < right.code)
            }
            if leftKey == rightKey { return left.code < right.code }
            return direction == .ascending ? leftKey < rightKey : leftKey > rightKey
        }
        return sorted.dropFirst(offset).prefix(limit).map(\.item)
    }
}
