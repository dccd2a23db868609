import CoinlineFiles
public import LineProtocol

/// The first line of an export, a comment to whoever else reads it: whose data it is, and the unit of its times.
///
///     # coinline export, origin simulated, precision ms
public struct ExportMark: Sendable, Equatable {
    /// Nil where the line does not say.
    public let origin: Origin?
    public let precision: Precision?

    enum Limit {
        /// Of the line; room for facts to come.
        static let bytesMax = 256
    }

    static let beginning = Array("# coinline export".utf8)

    init(origin: Origin?, precision: Precision?) {
        self.origin = origin
        self.precision = precision
    }

    /// Nil for a line that is no such mark. Facts that are not known are passed over.
    init?(parsing line: some Sequence<UInt8>) {
        let text = String(decoding: Array(line), as: UTF8.self)
        var facts = text.split(whereSeparator: { $0 == "," || $0.isNewline })[...]
        guard facts.popFirst()?.utf8.elementsEqual(Self.beginning) == true else { return nil }
        func fact(_ name: String) -> String? {
            let values = facts.map { $0.split(separator: " ") }.filter { $0.count == 2 && $0[0] == name }
            return values.first.map { String($0[1]) }
        }
        self.init(
            origin: fact("origin").flatMap { Origin(rawValue: $0) },
            precision: fact("precision").flatMap { Precision(rawValue: $0) })
    }

    /// The mark of a file that can be read twice; nil without one. What is wrong with a file is told when it is loaded.
    ///
    /// - Parameter path: without links.
    public init?(of path: String) {
        do {
            guard try Files.facts(of: path)?.kind == .file else { return nil }
            var input = try TextInput(path: path)
            while !input.isOpened, try input.next() != nil {}
            guard let mark = input.mark else { return nil }
            self = mark
        } catch {
            return nil
        }
    }

    /// With its line end.
    var line: String {
        let facts = [origin.map { "origin \($0.rawValue)" }, precision.map { "precision \($0.rawValue)" }]
        return facts.compactMap(\.self).reduce(String(decoding: Self.beginning, as: UTF8.self)) { $0 + ", " + $1 }
            + "\n"
    }

    /// Fails where somebody named something else.
    ///
    /// - Parameter name: of the file, for messages.
    public func check(precision named: Precision?, origin namedOrigin: Origin?, of name: String) throws(ExportMarkError)
    {
        if let named, let precision, named != precision {
            throw ExportMarkError(
                isPrecision: true,
                text: "\(name) carries its own precision, \(precision.rawValue): leave --precision out")
        }
        if let namedOrigin, let origin, namedOrigin != origin {
            throw ExportMarkError(
                isPrecision: false,
                text: "\(name) holds \(origin.rawValue) data by its first line: "
                    + "leave --origin \(namedOrigin.rawValue) out")
        }
    }
}

/// An option contradicts the first line of a file.
public struct ExportMarkError: Error, Sendable, CustomStringConvertible {
    /// Else the origin.
    public let isPrecision: Bool
    let text: String

    public var description: String { text }
}
