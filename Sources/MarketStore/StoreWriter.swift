import CoinlineFiles
import InfluxWriter

/// The owner of the open store. All its work is done on a thread of its own.
actor StoreWriter {
    private let thread: FileThread
    private let path: String
    // nil after closing.
    private var session: StoreSession?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(session: sending StoreSession, thread: FileThread) {
        self.session = session
        self.thread = thread
        path = session.path
    }

    func deliver(_ batches: [BatchFile]) -> Reply {
        session?.deliver(batches) ?? .unavailable(closed.description)
    }

    func check() -> Reply {
        session?.check() ?? .unavailable(closed.description)
    }

    /// Marks the store, and returns the mark.
    func setOrigin(_ origin: StoreOrigin) throws(StoreError) {
        guard let session else { throw closed }
        try session.setOrigin(origin)
    }

    func close() {
        // The last reference: statements and connection go with it, and SQLite copies its log into the file.
        session = nil
    }

    private var closed: StoreError { StoreError(path: path, reason: .closed) }
}
