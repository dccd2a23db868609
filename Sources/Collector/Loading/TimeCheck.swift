import CoinlineBase
import LineProtocol

/// Reads times in a unit that may be wrong, and says which one would be right.
struct TimeCheck {
    /// Market data lies between these; a file of another unit lies far outside.
    static let plausible = UTCTime(rfc3339: "1990-01-01T00:00:00Z")!...UTCTime(rfc3339: "2100-01-01T00:00:00Z")!

    let precision: Precision
    /// The user named the unit, so whatever time comes is meant.
    let isNamed: Bool

    enum Problem: Error, Equatable, CustomStringConvertible {
        case outOfRange(raw: Int64, Precision)
        case implausible(raw: Int64, Precision, fits: Precision?)

        var description: String {
            switch self {
            case .outOfRange(let raw, let precision):
                "the time \(raw) is out of range in \(precision.rawValue)"
                    + (TimeCheck.unit(of: raw).map { ": use --precision \($0.rawValue)" } ?? "")
            case .implausible(let raw, let precision, let fits?):
                "the time \(raw) in \(precision.rawValue) lies outside 1990 to 2100: use --precision \(fits.rawValue)"
            case .implausible(let raw, let precision, nil):
                "the time \(raw) in \(precision.rawValue) lies outside 1990 to 2100: "
                    + "name the unit with --precision if it is meant"
            }
        }
    }

    /// - Parameter raw: the number as it stands in the line.
    func time(_ raw: Int64) throws(Problem) -> Timestamp {
        let time = Timestamp(raw, precision: precision)
        if isNamed {
            guard let time else { throw .outOfRange(raw: raw, precision) }
            return time
        }
        guard let time, Self.isPlausible(time) else {
            throw .implausible(raw: raw, precision, fits: Self.unit(of: raw))
        }
        return time
    }

    /// The unit in which a time would lie where market data lies.
    static func unit(of raw: Int64) -> Precision? {
        Precision.allCases.first { Timestamp(raw, precision: $0).map(isPlausible) ?? false }
    }

    /// The same of a number as it stands in a line.
    static func unit(of text: String) -> Precision? { Int64(text).flatMap { unit(of: $0) } }

    private static func isPlausible(_ time: Timestamp) -> Bool {
        plausible.contains(UTCTime(time))
    }
}
