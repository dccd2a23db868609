import CoinlineJSON

/// The figures as a table for people.
func table(_ figures: [Figure]) -> String {
    var rows = [["case", "M points/s", "best", "MB/s", "bytes/point", "gzip ratio", "elapsed"]]
    for figure in figures {
        let points = Double(figure.work.points)
        rows.append([
            figure.name, text(points / figure.medianSeconds / 1e6, decimals: 3),
            text(points / figure.bestSeconds / 1e6, decimals: 3),
            text(Double(figure.work.bytes) / figure.medianSeconds / 1e6, decimals: 0),
            text(Double(figure.work.bytes) / points, decimals: 1),
            figure.work.compressedBytes == 0
                ? "-" : text(Double(figure.work.bytes) / Double(figure.work.compressedBytes), decimals: 2),
            text(figure.medianElapsedSeconds / figure.medianSeconds, decimals: 2),
        ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
        row.enumerated().map { column, cell in
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            return column == 0 ? cell + padding : padding + cell
        }.joined(separator: "  ")
    }
    lines.append("")
    lines += figures.map { "\($0.name): \($0.what)" }
    lines.append("Rates are of processor time, the median of the runs; elapsed is clock time over processor time.")
    return lines.joined(separator: "\n")
}

/// The figures as JSON: `{"repeats": …, "cases": [{"name": …, "points_per_second": {"median": …, "best": …}, …}]}`.
func json(_ figures: [Figure], repeats: Int) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("repeats", repeats)
    writer.key("cases")
    writer.beginArray()
    for figure in figures {
        let points = Double(figure.work.points)
        let bytes = Double(figure.work.bytes)
        writer.beginObject()
        writer.member("name", figure.name)
        writer.member("what", figure.what)
        writer.member("points", figure.work.points)
        writer.member("bytes", figure.work.bytes)
        writer.member("compressed_bytes", figure.work.compressedBytes)
        rates("points_per_second", points, of: figure, to: &writer)
        rates("bytes_per_second", bytes, of: figure, to: &writer)
        writer.member("elapsed_seconds_median", figure.medianElapsedSeconds)
        writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.text
}

private func rates(_ name: String, _ amount: Double, of figure: Figure, to writer: inout JSONWriter) {
    writer.key(name)
    writer.beginObject()
    writer.member("median", (amount / figure.medianSeconds).rounded())
    writer.member("best", (amount / figure.bestSeconds).rounded())
    writer.endObject()
}

private func text(_ value: Double, decimals: Int) -> String {
    guard decimals > 0 else { return String(Int(value.rounded())) }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
}
