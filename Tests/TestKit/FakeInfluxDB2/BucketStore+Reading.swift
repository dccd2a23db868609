extension BucketStore {
    /// All that is stored, series by series in the order of their keys, each in the order of time.
    var points: [FakeInfluxDB2.RawPoint] {
        points { _, _, _ in true }
    }

    func valueCount(of measurement: [UInt8]) -> Int {
        let series = shards.values.flatMap(\.series.values).filter { $0.measurement.name == measurement }
        return series.reduce(0) { $0 + $1.columns.values.reduce(0) { $0 + $1.count } }
    }

    /// What a query over `times` finds: no series that is lost, and of a field that changed its type from one shard to
    /// another only what stands before the first shard with another type than the earliest.
    func readablePoints(in times: ClosedRange<Int64>) -> [FakeInfluxDB2.RawPoint] {
        let numbers = shardNumber(times.lowerBound)...shardNumber(times.upperBound)
        let ends = endsOfFirstTypes(in: numbers)
        return points { number, series, field in
            series.isReadable && number < ends[series.measurement.name]?[field] ?? .max
        }.filter { times.contains($0.time) }
    }

    /// By measurement and field the first shard that holds another type than the first of all.
    private func endsOfFirstTypes(in numbers: ClosedRange<Int64>) -> [[UInt8]: [[UInt8]: Int64]] {
        var types: [[UInt8]: [[UInt8]: FakeInfluxDB2.FieldType]] = [:]
        var ends: [[UInt8]: [[UInt8]: Int64]] = [:]
        for (number, shard) in shards.sorted(by: { $0.key < $1.key }) where numbers.contains(number) {
            for series in shard.series.values {
                let measurement = series.measurement
                for field in series.columns.keys {
                    let type = types[measurement.name]?[field] ?? measurement.types[field]
                    types[measurement.name, default: [:]][field] = type
                    if type != measurement.types[field], ends[measurement.name]?[field] == nil {
                        ends[measurement.name, default: [:]][field] = number
                    }
                }
            }
        }
        return ends
    }

    private func points(
        where isWanted: (Int64, Shard.Series, [UInt8]) -> Bool
    ) -> [FakeInfluxDB2.RawPoint] {
        var byKey: [[UInt8]: (series: Shard.Series, times: [Int64: [[UInt8]: FakeInfluxDB2.RawValue]])] = [:]
        for (number, shard) in shards {
            for (key, series) in shard.series {
                for (field, values) in series.columns where isWanted(number, series, field) {
                    for (time, value) in values {
                        byKey[key, default: (series, [:])].times[time, default: [:]][field] = value
                    }
                }
            }
        }
        return byKey.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { _, entry in
            entry.times.sorted { $0.key < $1.key }.map { time, fields in
                FakeInfluxDB2.RawPoint(
                    measurement: entry.series.measurement.name, tags: entry.series.tags, fields: fields, time: time)
            }
        }
    }
}
