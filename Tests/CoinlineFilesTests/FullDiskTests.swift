import Foundation
import Testing

@Suite("Full disk")
struct FullDiskTests {
    @Test("a file that may only be written in part is given up, and the older one stays")
    func sizeLimit() throws {
        let folder = try TemporaryFolder()
        try folder.put("old content", "file")

        let outcome = try Child.outcome(of: .writeMuchUnderALimit, in: folder.path)

        #expect(outcome?.hasPrefix("error \(EFBIG) cannot write \(folder.path)/.tmp-") == true, "\(outcome ?? "-")")
        #expect(folder.names == ["file"])
        #expect(folder.content("file") == "old content")
    }

    @Test(
        "a disk that fills up while writing is named, and nothing half-written stays on it",
        .enabled(if: Tracing.canMount, "no small file system can be mounted here"))
    func tinyDisk() throws {
        let folder = try TemporaryFolder()
        let evidence = try TemporaryFolder()

        // The mount is seen by this child alone, so it also notes what was left there.
        let script = """
            mount -t tmpfs -o size=64k tmpfs '\(folder.path)' || exit 9
            echo old > '\(folder.path)/file'
            "$0" "$@"
            ls -A '\(folder.path)' > '\(evidence.file("names"))'
            cat '\(folder.path)/file' > '\(evidence.file("content"))'
            """
        let launcher = ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script]
        let outcome = try Child.outcome(of: .writeMuch, in: folder.path, launcher: launcher)

        #expect(outcome?.hasPrefix("error \(ENOSPC) ") == true, "\(outcome ?? "-")")
        #expect(outcome?.hasSuffix(": No space left on device") == true)
        #expect(evidence.content("names") == "file\n")
        #expect(evidence.content("content") == "old\n")
    }
}
