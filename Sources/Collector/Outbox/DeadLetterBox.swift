public import InfluxWriter

/// The dead letters of a data folder, of all its destinations or of one.
public struct DeadLetterBox: Sendable {
    private let layouts: [OutboxLayout]
    private let isOfOne: Bool

    /// - Parameter destination: nil for all; one without any letters is fine.
    public init(dataFolder: String, destination: String? = nil) throws(DeadLetterError) {
        isOfOne = destination != nil
        do throws(OutboxError) {
            layouts = try OutboxLayout.all(in: dataFolder).filter {
                destination == nil || $0.destination == destination
            }
        } catch {
            throw .folder(error)
        }
    }

    /// Every letter. A destination of which they cannot be read hides no other, and is an error where it is the one that
    /// was asked for.
    public func all() throws(DeadLetterError) -> FoundDeadLetters {
        var all = FoundDeadLetters()
        for layout in layouts {
            do throws(OutboxError) {
                all.places += try DeadLetters(layout).names().map { DeadLetterPlace(layout: layout, name: $0) }
            } catch {
                guard !isOfOne else { throw .folder(error) }
                all.unread[layout.destination] = error
            }
        }
        return all
    }

    /// The letters that a person named: by name, or by the path of the file, each once. Of what cannot be read only that
    /// is told in which one of them may lie.
    public func find(_ texts: [String]) throws(DeadLetterError) -> FoundDeadLetters {
        let all = try all()
        var found = FoundDeadLetters()
        for text in texts {
            // Inside the folder of the letters, a path may have nothing in front but `.`.
            let parts = text.split(separator: "/").filter { $0 != "." }.suffix(2).map(String.init)
            let (folder, last) = (parts.count > 1 ? parts[0] : nil, parts.last ?? text)
            guard let name = DeadLetterName(parsing: last) else {
                throw .notAName(text, suggestions: Self.near(last, among: all.places))
            }
            let there = all.of(folder)
            let places = there.places.filter { $0.name == name }
            guard !places.isEmpty else {
                throw .missing(text, suggestions: Self.near(last, among: all.places), problems: there.problems)
            }
            found.places += places.filter { !found.places.contains($0) }
            found.unread.merge(there.unread) { $1 }
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
}

/// Why a command about dead letters ends before its work.
public enum DeadLetterError: Error, Sendable, CustomStringConvertible {
    case folder(OutboxError)
    /// No dead letter is named like that.
    case notAName(String, suggestions: [String])
    /// - Parameter problems: why it may be where nothing can be read.
    case missing(String, suggestions: [String], problems: [String])

    /// Whether the command line itself is wrong.
    public var isUsage: Bool {
        if case .notAName = self { true } else { false }
    }

    public var description: String {
        switch self {
        case .folder(let error): "\(error)"
        case .notAName(let text, let suggestions):
            "\(text) is not the name of a dead letter: " + Self.advice(suggestions)
        case .missing(let text, let suggestions, let problems) where problems.isEmpty:
            "there is no dead letter \(text): " + Self.advice(suggestions)
        case .missing(let text, let suggestions, let problems):
            "there is no dead letter \(text) among those that can be read: "
                + ((suggestions.isEmpty ? [] : [Self.advice(suggestions)]) + problems).joined(separator: " ")
        }
    }

    private static func advice(_ suggestions: [String]) -> String {
        suggestions.isEmpty
            ? "dead-letters list shows all of them" : "did you mean \(suggestions.joined(separator: " or "))?"
    }
}
