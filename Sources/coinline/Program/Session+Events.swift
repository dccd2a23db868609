import CoinlineBase
import Collector
import InfluxWriter
import MarketSources
import Telemetry

// What happens meanwhile, as log lines and as notes for a person who watches.
extension Session {
    private enum Shown {
        /// A shorter wait is over before it is read.
        static let waitMin = Duration.milliseconds(500)
    }

    func tell(_ event: UpstreamEvent) {
        switch event {
        case .request(let endpoint, let status, let duration, _):
            log.debug(
                "Asked upstream.",
                ["endpoint": endpoint, "status": status.map { String($0) } ?? "none", "duration": duration.text])
        case .retry(let endpoint, let attempt, let after, let reason):
            log.warning(
                "Asking upstream again.",
                ["endpoint": endpoint, "attempt": String(attempt), "after": after.text, "reason": reason])
            progress.note("asking again in \(after.text)")
        case .waiting(let endpoint, let wait):
            if wait >= Shown.waitMin { progress.note("waiting \(wait.text) (REQUESTS_PER_MINUTE)") }
            log.debug("Waiting for the pace.", ["endpoint": endpoint, "wait": wait.text])
        case .skipped(let endpoint, let skipped):
            log.debug("Left out.", ["endpoint": endpoint, "path": skipped.path, "reason": skipped.reason])
        case .pageFailed(let endpoint, let page, let reason):
            log.debug("A page failed.", ["endpoint": endpoint, "page": page, "reason": reason])
        case .breakerOpened(let duration, let reason):
            log.warning("Leaving upstream alone.", ["for": duration.text, "reason": reason])
        case .breakerClosed:
            log.info("Upstream answers again.")
        }
    }

    func tell(_ event: LandingEvent) {
        switch event {
        case .writer(let destination, let event): tell(event, of: destination)
        case .refused(let line, let reason):
            log.debug("A point was refused.", ["line": line, "reason": reason])
        case .recovered(let destination, let reason):
            log.warning("The destination answers again.", ["destination": destination, "reason": reason])
        case .sending(let points, let unreached):
            progress.show("sending \(Plural.points(points)) …")
            if let unreached { noteUnreached(unreached) }
        }
    }

    private func noteUnreached(_ reason: String) {
        progress.note("not reached, trying again: \(reason)")
    }

    /// What the account at the end tells is not told twice.
    private func tell(_ event: Event, of destination: String) {
        let facts: KeyValuePairs = ["destination": destination, "event": event.description]
        switch event {
        case .unreachable(let reason):
            noteUnreached(reason)
            log.debug("Delivery.", facts)
        case .reachable:
            progress.note("")
            log.debug("Delivery.", facts)
        case .held, .deadLettered, .dropped, .removed, .takenUp, .delivering, .note:
            log.debug("Delivery.", facts)
        case .released:
            log.info("Delivery.", facts)
        case .setAside, .deadLettersDiscarded, .hiddenPoints:
            log.warning("Delivery.", facts)
        case .room(let isThere):
            if isThere { log.info("Delivery.", facts) } else { log.warning("Delivery.", facts) }
        case .disk(let state):
            if state == .usable { log.info("Delivery.", facts) } else { log.warning("Delivery.", facts) }
        }
    }
}
