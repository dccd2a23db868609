import Foundation

/// The port on which a program listens that chose it itself: looked up with the system, since not every program tells.
enum ListeningPort {
    /// Waits until it listens. Throws when it ends before that.
    static func of(_ program: RunningProgram, within: Duration = .seconds(20)) async throws -> UInt16 {
        let deadline = ContinuousClock.now + within
        while program.isRunning {
            if let port = look(program.pid) { return port }
            guard ContinuousClock.now < deadline else {
                throw TestKitError("it does not listen: \(program.errorsSoFar)")
            }
            // Nothing tells when a program begins to listen, so this looks again and again.
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestKitError("it ended at once: \(program.outputSoFar)\(program.errorsSoFar)")
    }

    /// The program's first listening socket over IPv4, of those that its descriptors name.
    private static func look(_ pid: Int32) -> UInt16? {
        let folder = "/proc/\(pid)/fd"
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let links = descriptors.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        let sockets = Set(links.compactMap { $0.wholeMatch(of: /socket:\[(\d+)\]/).map { String($0.1) } })
        let table = FileManager.default.contents(atPath: "/proc/\(pid)/net/tcp") ?? Data()
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n").dropFirst() {
            let columns = line.split(separator: " ")
            // 0A is LISTEN; the tenth column is the socket's number.
            guard columns.count > 9, columns[3] == "0A", sockets.contains(String(columns[9])) else { continue }
            return columns[1].split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
        }
        return nil
    }
}
