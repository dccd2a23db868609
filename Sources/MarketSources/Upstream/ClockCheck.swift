public import CoinlineBase

/// Compares the local clock with an upstream's, since current values come without a time and get the local one.
public enum ClockCheck {
    /// A clock further off than this must not stamp anything.
    public static let skewMax: Duration = .seconds(60)

    /// `Date` headers are cut to the second, so the upstream's time is anywhere in the second that follows.
    private static let dateStep: Duration = .seconds(1)

    /// How far `local` is ahead of `upstream`, negative when it is behind.
    public static func skew(local: UTCTime, upstream: UTCTime) -> Duration {
        upstream.duration(to: local)
    }

    /// How far the local clock is ahead, known only as far as the request's own duration and the date's step allow.
    public static func skew(sentAt: UTCTime, receivedAt: UTCTime, upstream: UTCTime) -> Duration {
        let ahead = skew(local: sentAt, upstream: upstream.advanced(by: dateStep))
        let behind = skew(local: receivedAt, upstream: upstream)
        if ahead > .zero { return ahead }
        return min(behind, .zero)
    }

    /// Whether a clock that far off may stamp points. A test clock that runs faster than the real one drifts faster.
    public static func isAcceptable(_ skew: Duration, speed: Double = 1) -> Bool {
        let limit = skewMax * max(1, speed)
        return skew <= limit && skew >= .zero - limit
    }
}
