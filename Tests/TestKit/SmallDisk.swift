import Foundation

/// A file system of a few hundred KiB that can be filled up and made read-only. Only for a test in namespaces of its
/// own, with which it vanishes.
public struct SmallDisk: Sendable {
    public let folder: String
    private var filler: String { "\(folder)/filler" }

    /// Mounts it on the folder, whose own content is hidden.
    public init(on folder: String, kibibytes: Int) async throws {
        precondition(NamespaceTrait.isInside, "only in namespaces of its own may a test mount")
        self.folder = folder
        try await Mounting.mount(["-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", folder])
    }

    /// Writes a file of one's own until nothing more fits.
    public func fill() throws {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestKitError("cannot fill \(folder): \(errno)") }
        defer { close(descriptor) }
        // A page is what this file system gives out.
        let page = [UInt8](repeating: 0x2E, count: 4_096)
        while write(descriptor, page, page.count) > 0 {}
        guard errno == ENOSPC else { throw TestKitError("cannot fill \(folder): \(errno)") }
    }

    /// Gives back so many bytes of what `fill` took.
    public func free(_ bytes: Int) throws {
        var facts = stat()
        guard stat(filler, &facts) == 0, truncate(filler, max(0, facts.st_size - bytes)) == 0 else {
            throw TestKitError("cannot make room in \(folder): \(errno)")
        }
    }

    /// Gives back everything that `fill` took.
    public func empty() throws {
        guard unlink(filler) == 0 else { throw TestKitError("cannot empty \(folder): \(errno)") }
    }

    public func setReadOnly(_ isReadOnly: Bool) async throws {
        try await Mounting.mount(["-o", isReadOnly ? "remount,ro" : "remount,rw", folder])
    }
}

/// The `mount` program.
enum Mounting {
    static func mount(_ words: [String]) async throws {
        let result = try await ProgramRun(MachinePrograms.path("mount"), words).result()
        guard result.exitCode == 0 else { throw TestKitError("cannot mount: \(result)") }
    }
}
