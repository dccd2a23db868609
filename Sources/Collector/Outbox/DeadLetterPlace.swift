public import InfluxWriter

/// Where a dead letter lies in a data folder.
public struct DeadLetterPlace: Sendable, Hashable {
    let layout: OutboxLayout
    public let name: DeadLetterName

    public var destination: String { layout.destination }

    /// All of the destination.
    var letters: DeadLetters { DeadLetters(layout) }

    /// Of the letter's file.
    var path: String { letters.path(of: name) }

    /// Nil for a file that cannot be read as a letter, and for one that is gone.
    func read() throws(OutboxError) -> DeadLetter? { try letters.read(name) }

    static func remove(_ places: [DeadLetterPlace]) throws(OutboxError) {
        for (layout, places) in Dictionary(grouping: places, by: \.layout) {
            try DeadLetters(layout).remove(places.map(\.name))
        }
    }
}

/// Dead letters that somebody asked for, as far as they can be found.
public struct FoundDeadLetters: Sendable {
    /// By destination, the oldest batch first, or in the order in which they were named.
    public internal(set) var places: [DeadLetterPlace] = []
    /// Why the letters of a destination cannot be found, by its name.
    var unread: [String: OutboxError] = [:]

    /// One sentence for each destination whose letters cannot be found.
    public var problems: [String] {
        unread.sorted { $0.key < $1.key }.map { "the dead letters of \($0.key) cannot be read: \($0.value)" }
    }

    /// Those of one destination; nil for all.
    func of(_ destination: String?) -> FoundDeadLetters {
        guard let destination else { return self }
        return FoundDeadLetters(
            places: places.filter { $0.destination == destination },
            unread: unread.filter { $0.key == destination })
    }
}
