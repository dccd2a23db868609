public import InfluxWriter

/// Where a dead letter lies in a data folder.
public struct DeadLetterPlace: Sendable, Hashable {
    public let destination: String
    public let name: DeadLetterName
}

/// The dead letters of a data folder, of all its destinations or of one.
public struct DeadLetterBox: Sendable {
    private let layouts: [OutboxLayout]

    /// - Parameter destination: nil for all; one without any letters is fine.
    public init(dataFolder: String, destination: String? = nil) throws(DeadLetterError) {
        do throws(OutboxError) {
            layouts = try OutboxLayout.all(in: dataFolder).filter {
                destination == nil || $0.destination == destination
            }
        } catch {
            throw .folder(error)
        }
    }

    /// Every letter, by destination, the oldest batch first.
    public func all() throws(DeadLetterError) -> [DeadLetterPlace] {
        var places: [DeadLetterPlace] = []
        for layout in layouts {
            let names = try onDisk { () throws(OutboxError) in try DeadLetters(layout).names() }
            places += names.map { DeadLetterPlace(destination: layout.destination, name: $0) }
        }
        return places
    }

    /// The letters that a person named: by name, or by the path of the file, each once.
    public func find(_ texts: [String]) throws(DeadLetterError) -> [DeadLetterPlace] {
        let all = try all()
        var found: [DeadLetterPlace] = []
        for text in texts {
            // Inside the folder of the letters, a path may have nothing in front but `.`.
            let parts = text.split(separator: "/").filter { $0 != "." }.suffix(2).map(String.init)
            let (folder, last) = (parts.count > 1 ? parts[0] : nil, parts.last ?? text)
            guard let name = DeadLetterName(parsing: last) else {
                throw .notAName(text, suggestions: Self.near(last, among: all))
            }
            let places = all.filter { $0.name == name && (folder == nil || $0.destination == folder) }
            guard !places.isEmpty else { throw .missing(text, suggestions: Self.near(last, among: all)) }
            found += places.filter { !found.contains($0) }
        }
        return found
    }

    /// The letters that begin as the text does, as far as any of them does: a name is copied, and cut short or mixed up
    /// at its end.
    private static func near(_ text: String, among places: [DeadLetterPlace]) -> [String] {
        let shared = places.map { place in
            (place.name, zip("\(place.name)".utf8, text.utf8).prefix { $0 == $1 }.count)
        }
        let longest = shared.map(\.1).max() ?? 0
        guard longest >= Suggestions.charactersMin else { return [] }
        return shared.filter { $0.1 == longest }.prefix(Suggestions.countMax).map { "\($0.0)" }
    }

    private enum Suggestions {
        /// Less has every name in common with many others: they begin with the time.
        static let charactersMin = 12
        static let countMax = 3
    }

    // MARK: One letter

    /// Nil for a file that cannot be read as one, and for one that is gone.
    public func read(_ place: DeadLetterPlace) throws(DeadLetterError) -> DeadLetter? {
        try onDisk { () throws(OutboxError) in try letters(of: place).read(place.name) }
    }

    /// The bytes of the batch that a letter is about; nil where they are gone, and for a line.
    func body(of letter: DeadLetter, at place: DeadLetterPlace) throws(DeadLetterError) -> [UInt8]? {
        try onDisk { () throws(OutboxError) in try letters(of: place).body(of: letter) }
    }

    func remove(_ places: [DeadLetterPlace]) throws(DeadLetterError) {
        for layout in layouts {
            let names = places.filter { $0.destination == layout.destination }.map(\.name)
            guard !names.isEmpty else { continue }
            try onDisk { () throws(OutboxError) in try DeadLetters(layout).remove(names) }
        }
    }

    /// Removes letters for good. One that cannot be opened is kept: nobody has seen what it holds.
    public func discard(_ places: [DeadLetterPlace]) throws(DeadLetterError) -> DiscardReport {
        var report = DiscardReport()
        var removed: [DeadLetterPlace] = []
        for place in places {
            do throws(DeadLetterError) {
                // A file that cannot be read as a letter was one about a line, or nobody knows how much.
                report.points += try read(place)?.lines ?? 1
                removed.append(place)
            } catch {
                report.kept.append(DeadLetterRetry.Kept(place: place, reason: "cannot be read: \(error)"))
            }
        }
        try remove(removed)
        report.letters = removed.count
        return report
    }

    func path(of place: DeadLetterPlace) -> String { letters(of: place).path(of: place.name) }

    /// Where the file of a batch lies that a letter is about.
    func path(of fileName: String, at place: DeadLetterPlace) -> String { "\(letters(of: place).folder)/\(fileName)" }

    private func letters(of place: DeadLetterPlace) -> DeadLetters {
        // Places are made by the box alone, of its own layouts: any other is a mistake in this room, never in what is read.
        guard let layout = layouts.first(where: { $0.destination == place.destination }) else {
            preconditionFailure("a dead letter of another box")
        }
        return DeadLetters(layout)
    }

    private func onDisk<Result>(_ body: () throws(OutboxError) -> Result) throws(DeadLetterError) -> Result {
        do throws(OutboxError) { return try body() } catch { throw .folder(error) }
    }
}

/// Why a command about dead letters ends before its work.
public enum DeadLetterError: Error, Sendable, CustomStringConvertible {
    case folder(OutboxError)
    /// No dead letter is named like that.
    case notAName(String, suggestions: [String])
    case missing(String, suggestions: [String])

    /// Whether the command line itself is wrong.
    public var isUsage: Bool {
        if case .notAName = self { true } else { false }
    }

    public var description: String {
        switch self {
        case .folder(let error): "\(error)"
        case .notAName(let text, let suggestions):
            "\(text) is not the name of a dead letter: " + Self.advice(suggestions)
        case .missing(let text, let suggestions): "there is no dead letter \(text): " + Self.advice(suggestions)
        }
    }

    private static func advice(_ suggestions: [String]) -> String {
        suggestions.isEmpty
            ? "dead-letters list shows all of them" : "did you mean \(suggestions.joined(separator: " or "))?"
    }
}
