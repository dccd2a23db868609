import Glibc

/// The path of a folder that need not be there.
enum FolderPath {
    /// Absolute, without links, `.` and `..`.
    static func resolved(_ path: String) -> String {
        var head = path.hasPrefix("/") ? path : "./" + path
        var missing: [Substring] = []
        while true {
            if let real = real(head) { return missing.reduce(real, joined) }
            while head.count > 1, head.last == "/" { head.removeLast() }
            guard let slash = head.lastIndex(of: "/") else { return path }
            let last = head[head.index(after: slash)...]
            if last != "." { missing.insert(last, at: 0) }
            head = slash == head.startIndex ? "/" : String(head[..<slash])
        }
    }

    /// What is not there will be made as plain folders, so that `..` is the one above.
    private static func joined(_ folder: String, _ name: Substring) -> String {
        guard name != ".." else { return folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? folder }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    private static func real(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(validatingCString: text)
    }
}
