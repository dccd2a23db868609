/// So many of something, as people write it.
func plural(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    number == 1 ? "1 \(one)" : "\(number) \(many ?? one + "s")"
}

extension Account: CustomStringConvertible {
    public var description: String {
        let parts: [(Int, String)] = [
            (pending, "pending on disk"), (deadLettered, "dead-lettered"), (dropped, "dropped"),
            (removed, "removed by hand"),
        ]
        let others = parts.filter { $0.0 != 0 }.map { ", \($0.0) \($0.1)" }.joined()
        return "\(plural(accepted, "point")) accepted: \(acknowledged) acknowledged\(others)"
    }
}

extension Receipt: CustomStringConvertible {
    public var description: String {
        var text = "\(plural(offered, "point")) offered, \(accepted) accepted"
        if deadLettered > 0 { text += ", \(deadLettered) of them dead-lettered" }
        if dropped > 0 { text += ", \(dropped) of them dropped" }
        guard let first = refused.first else { return text }
        let reason = "point \(first.index) of measurement \"\(RejectedLine.excerpt(of: first.measurement.utf8))\""
        return text + ", \(refusedCount) refused (\(reason): \(first.reason))"
    }
}

extension Status: CustomStringConvertible {
    public var description: String {
        var lines = ["\(delivers ? total : own)"]
        if held > 0 { lines.append("\(plural(held, "point")) in memory, not accepted yet") }
        if notAccepted > 0 { lines.append("\(plural(notAccepted, "point")) could not be accepted") }
        if isFull { lines.append("\(Event.room(false))") }
        switch disk {
        case .usable: break
        case .full, .readOnly, .failing: lines.append("\(Event.disk(disk))")
        }
        for hold in holds { lines.append("\(Event.held(hold.bucket, hold.message))") }
        if holds.isEmpty, !isReachable { lines.append("\(Event.unreachable(lastError ?? "no answer"))") }
        if let obstacle {
            lines.append(obstacle)
        } else if pendingBatches > 0, !delivers {
            lines.append("another process delivers \(plural(pendingBatches, "batch", "batches"))")
        }
        return lines.joined(separator: "; ")
    }
}

extension Report: CustomStringConvertible {
    public var description: String { "\(status)" }
}
