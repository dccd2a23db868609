import CoinlineBase
import CoinlineCompression
import InfluxWriter

/// A destination that answers as it is told and remembers what it was given.
final class ScriptedDestination: Destination {
    private struct State {
        var replies: [Reply]
        var received: [BatchFile] = []
    }
    private let state: Locked<State>

    /// The last reply holds for every further delivery.
    init(_ replies: Reply...) {
        state = Locked(State(replies: replies))
    }

    var received: [BatchFile] { state.withLock { $0.received } }

    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        state.withLock { state in
            state.received += batches
            return state.replies.count > 1 ? state.replies.removeFirst() : state.replies[0]
        }
    }

    func check(_ bucket: Bucket) async -> Reply { .acknowledged }
}
