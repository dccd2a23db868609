import CoinlineFiles
import Glibc
import Settings

/// The process's environment and the files that settings come from.
enum Environment {
    private enum Limit {
        /// An env file is some dozens of lines.
        static let envFileBytesMax = 1 << 20
        /// A key or token is some hundred bytes.
        static let secretBytesMax = 64 << 10
    }

    static var variables: [String: String] {
        var found: [String: String] = [:]
        var position = unsafe environ
        // The environment is not changed while the program runs, so its strings stay where they are.
        while let entry = unsafe position.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                found[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe position += 1
        }
        return found
    }

    /// The absolute path without links and dots. What does not exist stays as it is written, and is nobody's batch.
    static func resolved(_ path: String) -> String {
        guard let buffer = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(buffer) }
        return unsafe String(cString: buffer)
    }

    /// - Parameter path: given with `--config-file`, and then it must be readable; nil reads `.env` if there is one.
    static func envFile(_ path: String?) throws(SettingsErrors) -> (path: String, text: String)? {
        let name = path ?? ".env"
        guard path != nil || Files.exists(name) else { return nil }
        do throws(FileError) {
            let bytes = try Files.read(name, bytesMax: Limit.envFileBytesMax)
            return (name, String(decoding: bytes, as: UTF8.self))
        } catch {
            throw SettingsErrors.unreadableFile(name, reason: error.reason)
        }
    }

    @Sendable static func readSecret(_ path: String) -> Result<String, SecretFileFailure> {
        do throws(FileError) {
            return .success(String(decoding: try Files.read(path, bytesMax: Limit.secretBytesMax), as: UTF8.self))
        } catch {
            return .failure(SecretFileFailure(reason: error.reason))
        }
    }
}
