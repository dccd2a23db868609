import Foundation

/// A name server that takes every question and answers none. Only for a test in namespaces of its own, where this
/// machine's settings lead to it, and for one case of it at a time (`.serialized`).
public final class SilentNameServer: Sendable {
    /// The names that were asked for, each as often as it was.
    public let questions: AsyncStream<String>

    public init() throws {
        precondition(NamespaceTrait.isInside, "only in namespaces of its own does a test stand in for a name server")
        let (stream, report) = AsyncStream.makeStream(of: String.self)
        questions = stream
        let socket = try Self.bind()
        Thread.detachNewThread { Self.listen(socket, report) }
    }

    /// Waits until somebody asks for a name.
    public func firstQuestion(for name: String) async {
        for await asked in questions where asked == name { return }
    }

    private static func bind() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // An earlier one of the same process may still be there; the last one gets the questions.
        var isShared: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isShared, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(53).bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound else { throw TestKitError("cannot stand in for the name server: \(errno)") }
        return descriptor
    }

    /// Until the process ends.
    private static func listen(_ descriptor: Int32, _ report: AsyncStream<String>.Continuation) {
        var packet = [UInt8](repeating: 0, count: 512)
        while true {
            let count = recv(descriptor, &packet, packet.count, 0)
            guard count > 0 else { return report.finish() }
            report.yield(Self.name(in: packet.prefix(count)))
        }
    }

    /// The labels of the first question, which begin behind twelve bytes of head, each with its length before it.
    private static func name(in packet: ArraySlice<UInt8>) -> String {
        var labels: [String] = []
        var rest = packet.dropFirst(12)
        while let length = rest.popFirst(), length > 0 {
            labels.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self))
            rest = rest.dropFirst(Int(length))
        }
        return labels.joined(separator: ".")
    }
}
