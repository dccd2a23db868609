/// A point in time as integer nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Reaches from 1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z. Arithmetic that would leave this
/// range stops at its ends; text outside it is refused.
public struct UTCTime: Sendable, Hashable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Stops at the ends of the range.
    public init(milliseconds: Int64) {
        self.init(clamping: Int128(milliseconds) * 1_000_000)
    }

    /// Stops at the ends of the range.
    public init(seconds: Int64) {
        self.init(clamping: Int128(seconds) * 1_000_000_000)
    }

    init(clamping nanoseconds: Int128) {
        self.init(nanoseconds: Int64(clamping: nanoseconds))
    }

    /// Whole milliseconds since 1970, rounded down, before 1970 too.
    public var milliseconds: Int64 {
        floorDivide(nanoseconds, by: 1_000_000)
    }

    /// Whole seconds since 1970, rounded down, before 1970 too.
    public var seconds: Int64 {
        floorDivide(nanoseconds, by: 1_000_000_000)
    }

    /// The time `duration` later (earlier when negative), rounded down to a nanosecond. Stops at the ends of the range.
    public func advanced(by duration: Duration) -> UTCTime {
        UTCTime(clamping: Int128(nanoseconds) + floorDivide(duration.attoseconds, by: 1_000_000_000))
    }

    /// How long from this time to `other`, negative where `other` is earlier. Exact.
    public func duration(to other: UTCTime) -> Duration {
        Duration(attoseconds: (Int128(other.nanoseconds) - Int128(nanoseconds)) * 1_000_000_000)
    }
}

extension UTCTime: Comparable {
    public static func < (left: UTCTime, right: UTCTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

extension UTCTime: CustomStringConvertible {
    /// RFC 3339 with as many digits of the second as it takes to be exact: 0, 3, 6 or 9.
    public var description: String {
        let exactDigits = [0, 3, 6].first { digits in nanoseconds % Int64(powerOfTen(9 - digits)) == 0 }
        return rfc3339(fractionDigits: exactDigits ?? 9)
    }
}

/// Division that rounds towards negative infinity; `divisor` is above zero.
package func floorDivide<Number: FixedWidthInteger & SignedInteger>(_ number: Number, by divisor: Number) -> Number {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}

/// 10 to the power of `exponent`, 0 to 9.
func powerOfTen(_ exponent: Int) -> Int {
    var power = 1
    for _ in 0..<exponent { power *= 10 }
    return power
}
