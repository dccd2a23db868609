import Foundation
import TestKit

/// How a process ends.
enum Kill: Sendable, CustomStringConvertible {
    /// Kills itself when it passes the point for the n-th time.
    case point(FaultPoint, Int)
    /// Killed from outside, so long after it first said that something was accepted.
    case moment(milliseconds: Int)

    var name: String {
        switch self {
        case .point(let point, _): point.rawValue
        case .moment: "random moment, \(Programs.ordinaryBuild)"
        }
    }

    var description: String {
        switch self {
        case .point(let point, let count): "\(point.rawValue):\(count)"
        case .moment(let milliseconds): "after \(milliseconds) ms"
        }
    }
}

/// The points that are compiled in under `-DFAULTS`.
enum FaultPoint: String, CaseIterable, Sendable {
    case afterWrite = "after-write"
    case afterSync = "after-sync"
    case afterRename = "after-rename"
    case betweenPieces = "between-pieces"
    case betweenDeadLetterAndRest = "between-dead-letter-and-rest"
    case inRequest = "in-request"
    case after204 = "after-204"

    /// Only passed when the destination answers.
    var needsDestination: Bool {
        switch self {
        case .afterWrite, .afterSync, .afterRename, .inRequest: false
        case .betweenPieces, .betweenDeadLetterAndRest, .after204: true
        }
    }

    /// Passed by every file that must last, whatever is in it.
    var isOfAnyFile: Bool { [.afterWrite, .afterSync, .afterRename].contains(self) }

    /// It may be passed as often in a short run.
    var countMax: Int {
        switch self {
        case .afterWrite, .afterSync, .afterRename: 10
        case .inRequest, .after204: 4
        case .betweenPieces, .betweenDeadLetterAndRest: 2
        }
    }
}

extension Kill {
    static func schedule(
        _ count: Int, points: [FaultPoint], momentsPart: Double, _ dice: inout SeededGenerator
    ) -> [Kill] {
        (0..<count).map { index in
            let isMoment = Double.random(in: 0..<1, using: &dice) < momentsPart
            guard !points.isEmpty, !isMoment else { return .moment(milliseconds: .random(in: 0...250, using: &dice)) }
            let point = points[index % points.count]
            return .point(point, .random(in: 1...point.countMax, using: &dice))
        }
    }
}

/// What many runs came to.
struct Tally: Sendable {
    var kills: [String: Int] = [:]
    var restarts = 0
    var stops = 0
    var accepted = 0
    var stored = 0
    var letters = 0
    var repeats = 0

    var killCount: Int { kills.values.reduce(0, +) }

    static func + (left: Tally, right: Tally) -> Tally {
        Tally(
            kills: left.kills.merging(right.kills, uniquingKeysWith: +), restarts: left.restarts + right.restarts,
            stops: left.stops + right.stops, accepted: left.accepted + right.accepted,
            stored: left.stored + right.stored, letters: left.letters + right.letters,
            repeats: left.repeats + right.repeats)
    }

    /// A table for the log.
    var text: String {
        let rows =
            kills.sorted { $0.key < $1.key }.map { ("kills, \($0.key)", $0.value) } + [
                ("kills", killCount), ("restarts", restarts), ("stopped by SIGTERM", stops),
                ("points accepted", accepted), ("at the destination", stored), ("dead letters", letters),
                ("lines delivered again", repeats),
            ]
        return rows.map { name, count in
            "chaos  \(name.padding(toLength: 44, withPad: " ", startingAt: 0)) \(count)"
        }.joined(separator: "\n")
    }
}
