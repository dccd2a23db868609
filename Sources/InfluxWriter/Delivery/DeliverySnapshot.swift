import LineProtocol

/// What waits for the operator.
struct DeliveryHold: Sendable, Equatable {
    /// Nil for the whole destination.
    let bucket: Bucket?
    /// What is to be mended.
    let message: String
    let since: Timestamp
}

/// How delivery stands at one moment.
struct DeliverySnapshot: Sendable, Equatable {
    /// Whether the destination is left alone, because it was not reached or asked to wait.
    var isCircuitOpen = false
    /// By bucket; that of the destination first.
    var holds: [DeliveryHold] = []
    /// Batches that are set aside.
    var asides = 0
    var lastError: String?
    var lastErrorAt: Timestamp?
    var lastSuccessAt: Timestamp?
    /// Deliveries so far, and those of them that held a batch for another time.
    var requests = 0
    var retries = 0
    /// Deliveries under way.
    var inFlight = 0
    /// When something will next be tried, by the uptime; nil while something is under way or nothing waits.
    var nextTry: Duration?
    /// Whether all that waits waits for the operator or stands aside, so that waiting for it a few seconds is of no use.
    var isStuck = false
}

extension DeliverySnapshot {
    /// What the destination said last that was not an acknowledgement.
    var lastWords: LastError? {
        guard let lastError, let lastErrorAt else { return nil }
        return LastError(time: lastErrorAt, message: lastError)
    }
}
