import Foundation

/// The processes that a program started, whatever process group they are in, and those that they started.
struct Session {
    /// The number of the process that began it. It is not given away as long as one of them lives.
    let id: Int32

    /// Kills until none is left.
    func end() async {
        let deadline = ContinuousClock.now + .seconds(30)
        while killAll(), .now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
    }

    /// Kills all that live, and tells whether there was one.
    @discardableResult
    func killAll() -> Bool {
        let members = self.members
        for pid in members { kill(pid, SIGKILL) }
        return !members.isEmpty
    }

    /// Those that live.
    var members: [Int32] {
        guard id > 0 else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).filter(isMember)
    }

    /// `4711 (a name) S 1 4711 4700 …`: number, name, state, parent, process group, session. The dead that nobody has asked
    /// after yet are Z.
    private func isMember(_ pid: Int32) -> Bool {
        let line = FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data()
        let words = String(decoding: line, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return words.count > 3 && words[3] == "\(id)" && !["Z", "X"].contains(words[0])
    }
}
