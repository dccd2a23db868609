import Foundation

/// The ports on which a program listens: looked up with the system, since not every program tells.
enum ListeningPort {
    /// The one that a program chose itself: waits until it listens. Throws when it ends before that.
    static func of(_ program: RunningProgram, within: Duration = .seconds(60)) async throws -> UInt16 {
        let deadline = ContinuousClock.now + within
        while program.isRunning {
            if let port = all(of: program.pid).first { return port }
            guard ContinuousClock.now < deadline else {
                throw TestKitError("it does not listen: \(program.errorsSoFar)")
            }
            // Nothing tells when a program begins to listen, so this looks again and again.
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestKitError("it ended at once: \(program.outputSoFar)\(program.errorsSoFar)")
    }

    /// Those of the listening sockets over IPv4 that the program's descriptors name.
    static func all(of pid: Int32) -> [UInt16] {
        let folder = "/proc/\(pid)/fd"
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let links = descriptors.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        let sockets = Set(links.compactMap { $0.wholeMatch(of: /socket:\[(\d+)\]/).map { String($0.1) } })
        let table = FileManager.default.contents(atPath: "/proc/\(pid)/net/tcp") ?? Data()
        return String(decoding: table, as: UTF8.self).split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            // 0A is LISTEN; the tenth column is the socket's number.
            guard columns.count > 9, columns[3] == "0A", sockets.contains(String(columns[9])) else { return nil }
            return columns[1].split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
        }
    }
}
