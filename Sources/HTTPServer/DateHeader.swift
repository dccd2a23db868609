import CoinlineBase

/// The value of the `Date` header, made anew once a second.
struct DateHeader {
    let now: @Sendable () -> UTCTime
    private var second: Int64?
    private var text = ""

    init(now: @escaping @Sendable () -> UTCTime) {
        self.now = now
    }

    mutating func value() -> String {
        let time = now()
        if time.seconds != second { (second, text) = (time.seconds, time.httpDate) }
        return text
    }
}
