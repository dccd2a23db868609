import CoinlineBase
import CoinlineJSON
import TestKit

/// A query by which the recording showed what the server held: all of some measurements, or all of a bucket without
/// times.
struct RecordedQuery {
    let flux: String
    let bucket: String
    let times: Range<Int64>
    /// nil is all.
    let measurements: [[UInt8]]?
    let hasTimes: Bool

    init(_ exchange: RecordedExchange) throws {
        flux = try JSONCursor(exchange.requestBody.bytes ?? [], name: exchange.name).requiredMember("query").string()
        let shape = #/from\(bucket:"([^"]+)"\) \|> range\(start: (\S+), stop: (\S+)\)(.*)/#
        guard let match = flux.wholeMatch(of: shape), let start = UTCTime(rfc3339: String(match.2)),
            let stop = UTCTime(rfc3339: String(match.3))
        else { throw TestKitError("not understood: \(flux)") }
        bucket = String(match.1)
        times = start.nanoseconds..<stop.nanoseconds
        let rest = String(match.4)
        hasTimes = rest != #" |> drop(columns:["_time","_start","_stop"])"#
        let filter = rest.wholeMatch(of: #/ \|> filter\(fn:\(r\)=> r\._measurement =~ \/\^\((.+)\)\$\/\)/#)
        guard filter != nil || !hasTimes else { throw TestKitError("not understood: \(flux)") }
        measurements = filter.map { match in
            match.1.split(separator: "|").map { Array($0.replacing(#"\"#, with: "").utf8) }
        }
    }

    func points(of fake: FakeInfluxDB2) -> [FakeInfluxDB2.RawPoint] {
        wanted(fake.readablePoints(in: bucket, times: times.lowerBound...(times.upperBound - 1)))
    }

    func wanted(_ points: [FakeInfluxDB2.RawPoint]) -> [FakeInfluxDB2.RawPoint] {
        points.filter { point in times.contains(point.time) && measurements?.contains(point.measurement) ?? true }
    }

    /// What the fake holds, as the rows of the real answer tell it: its CSV leaves carriage returns out.
    func cells(of fake: FakeInfluxDB2) -> [RecordedCSV.Cell] {
        points(of: fake).flatMap { point in
            point.fields.map { field, value in
                var told = value
                if case .string(let bytes) = value { told = .string(bytes.filter { $0 != 13 }) }
                return RecordedCSV.Cell(
                    measurement: point.measurement,
                    tags: Dictionary(uniqueKeysWithValues: point.tags.map { ($0.name, $0.value) }), field: field,
                    value: told, time: hasTimes ? point.time : nil)
            }
        }
    }

    /// The query itself, in Swift: a table for each series and field.
    func tables(_ all: [FakeInfluxDB2.RawPoint]) -> [FakeInfluxDB2.Table] {
        var tables: [FakeInfluxDB2.Table] = []
        var rest = wanted(all)[...]
        while let first = rest.first {
            let series = rest.prefix { $0.measurement == first.measurement && $0.tags == first.tags }
            rest = rest.dropFirst(series.count)
            let fields = Set(series.flatMap(\.fields.keys)).sorted { $0.lexicographicallyPrecedes($1) }
            tables += fields.map { table($0, of: Array(series)) }
        }
        return tables
    }

    private func table(_ field: [UInt8], of series: [FakeInfluxDB2.RawPoint]) -> FakeInfluxDB2.Table {
        let values = series.compactMap { point in point.fields[field].map { (point.time, $0) } }
        let type = Self.columnType(values[0].1)
        var columns: [FakeInfluxDB2.Table.Column] = [.init("_value", type)]
        if hasTimes {
            columns = [.init("_start", .time, isInGroupKey: true), .init("_stop", .time, isInGroupKey: true)]
            columns += [.init("_time", .time), .init("_value", type)]
        }
        columns += ["_field", "_measurement"].map { .init($0, .string, isInGroupKey: true) }
        let tags = series[0].tags
        columns += tags.map { .init(String(decoding: $0.name, as: UTF8.self), .string, isInGroupKey: true) }
        let bounds: [FakeInfluxDB2.Table.Value] = [.time(times.lowerBound), .time(times.upperBound)]
        let names = [field, series[0].measurement] + tags.map(\.value)
        let rows = values.map { time, value in
            (hasTimes ? bounds + [.time(time)] : []) + [Self.cell(value)] + names.map { .bytes($0) }
        }
        return FakeInfluxDB2.Table(columns: columns, rows: rows)
    }

    private static func columnType(_ value: FakeInfluxDB2.RawValue) -> FakeInfluxDB2.Table.ColumnType {
        switch value {
        case .float: .double
        case .integer: .long
        case .unsigned: .unsignedLong
        case .boolean: .boolean
        case .string: .string
        }
    }

    private static func cell(_ value: FakeInfluxDB2.RawValue) -> FakeInfluxDB2.Table.Value {
        switch value {
        case .float(let value): .double(value)
        case .integer(let value): .long(value)
        case .unsigned(let value): .unsignedLong(value)
        case .boolean(let value): .boolean(value)
        case .string(let bytes): .bytes(bytes)
        }
    }
}
