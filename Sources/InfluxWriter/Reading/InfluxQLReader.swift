import CoinlineJSON

/// Reads the JSON that InfluxDB 1 answers to one statement of InfluxQL.
enum InfluxQLReader {
    enum Problem: Error, Equatable {
        /// The server says that the statement failed, inside an answer with status 200.
        case server(String)
        case malformed(String)
        /// The task is, between two rows.
        case cancelled
    }

    static func series(in bytes: [UInt8], bytesMax: Int) throws(Problem) -> [InfluxQLSeries] {
        do {
            return try answer(JSONCursor(bytes, name: "answer", limits: JSONLimits(bytesMax: bytesMax)))
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .malformed("\(error)")
        }
    }

    private static func answer(_ root: JSONCursor) throws -> [InfluxQLSeries] {
        if let error = try root.member("error") { throw Problem.server(try error.string()) }
        let results = try root.requiredMember("results").elements()
        for result in results {
            if let error = try result.member("error") { throw Problem.server(try error.string()) }
        }
        guard results.count == 1, let result = results.first else {
            throw Problem.malformed("one statement has \(results.count) results")
        }
        if try result.member("partial")?.boolean() == true {
            throw Problem.malformed("the server cut its answer short")
        }
        return try (result.member("series")?.elements() ?? []).map(series)
    }

    private static func series(_ cursor: JSONCursor) throws -> InfluxQLSeries {
        if try cursor.member("partial")?.boolean() == true {
            throw Problem.malformed("the server cut its answer short")
        }
        let columns = try cursor.requiredMember("columns").elements().map { try $0.string() }
        var tags: [String: String] = [:]
        for (name, value) in try cursor.member("tags")?.members() ?? [] { tags[name] = try value.string() }
        let rows = try (cursor.member("values")?.elements() ?? []).enumerated().map { index, row in
            if index % QueryReply.recordsBetweenLooks == 0, Task.isCancelled { throw Problem.cancelled }
            let values = try row.elements()
            guard values.count == columns.count else {
                throw Problem.malformed("\(row.path) has \(values.count) values for \(columns.count) columns")
            }
            return try values.map(value)
        }
        return InfluxQLSeries(name: try cursor.member("name")?.string() ?? "", tags: tags, columns: columns, rows: rows)
    }

    private static func value(_ cursor: JSONCursor) throws -> InfluxQLValue {
        switch cursor.kind {
        case .null: return .null
        case .boolean: return .boolean(try cursor.boolean())
        case .string: return .string(try cursor.string())
        case .number:
            let text = try cursor.numberText()
            // Only a float has a negative zero.
            if text != "-0" {
                if let number = Int64(text) { return .integer(number) }
                if let number = UInt64(text) { return .unsigned(number) }
            }
            return .float(try cursor.double())
        case .object, .array: throw Problem.malformed("\(cursor.path) is no value")
        }
    }
}
