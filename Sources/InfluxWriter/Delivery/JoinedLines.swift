/// Joined batches are numbered through by whoever answers; this finds each line's own batch again.
enum JoinedLines {
    /// The lines of each batch, with their numbers in it; nil where a line has no number or is of none of them.
    ///
    /// - Parameter counts: how many lines each batch has, in the order in which they were joined.
    static func assign(_ lines: [RejectedLine], counts: [Int]) -> [[RejectedLine]]? {
        var assigned = [[RejectedLine]](repeating: [], count: counts.count)
        for line in lines {
            guard let number = line.number, let place = place(of: number, counts: counts) else { return nil }
            assigned[place.batch].append(RejectedLine(line: line.line, number: place.number, reason: line.reason))
        }
        return assigned
    }

    /// Which batch a line of the whole is of, and its number in it.
    static func place(of number: Int, counts: [Int]) -> (batch: Int, number: Int)? {
        guard number >= 1 else { return nil }
        var rest = number
        for (index, count) in counts.enumerated() {
            if rest <= count { return (index, rest) }
            rest -= count
        }
        return nil
    }
}
