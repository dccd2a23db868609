import LineProtocol

/// Encodes a number of points for a counter of allocations: two runs of different length differ only by what the points
/// themselves cost, since everything else is made before.
enum Allocations {
    /// How points are handed to the encoder.
    enum Way: String, CaseIterable {
        /// The escaped start of each line is made once.
        case series
        /// Whole points, their tags sorted.
        case points
        /// Whole points whose tags have to be sorted and escaped first.
        case unsorted
    }

    /// What was done in the run, for the script that compares two of them.
    struct Count {
        var points = 0
        var floats = 0
    }

    static func run(_ way: Way, points: Int) throws -> Count {
        let input = try CoinInput(coins: 1_000, snapshots: 10, digits: .long)
        let tags = way == .unsorted ? input.tags.map { [Tag("z y", "a,b")] + $0 } : input.tags
        var encoder = LineEncoder(precision: .milliseconds, reserving: 8 << 20)
        var count = Count()
        for number in 0..<Benchmarks.batchLines + points {
            let sample = input.samples[number % input.samples.count]
            if way == .series {
                try encoder.append(input.series[sample.coin], fields: sample.fields, time: sample.time)
            } else {
                try encoder.append(
                    Point(
                        measurement: CoinInput.measurement, tags: tags[sample.coin], fields: sample.fields,
                        time: sample.time))
            }
            count.points += 1
            count.floats += floats(in: sample.fields)
            if encoder.lineCount == Benchmarks.batchLines { encoder.removeAll() }
        }
        return count
    }

    private static func floats(in fields: [Field]) -> Int {
        fields.count { field in
            if case .float = field.value { true } else { false }
        }
    }
}
