import InfluxWriter
import Testing

@Suite("Bucket")
struct BucketTests {
    @Test(
        "a bucket's folder name keeps letters, digits, underscore and hyphen and encodes every other byte",
        arguments: [
            ("crypto_data-1", "crypto_data-1"), ("a.b", "a%2Eb"), ("db/rp", "db%2Frp"), ("..", "%2E%2E"),
            ("50%", "50%25"), ("ü", "%C3%BC"), ("a b\n", "a%20b%0A"), ("😀", "%F0%9F%98%80"),
        ])
    func folderName(name: String, folder: String) throws {
        #expect(Bucket(name).folderName == folder)
        #expect(try #require(Bucket(folderName: folder)).name.utf8.elementsEqual(name.utf8))
    }

    @Test(
        "a folder name that no bucket has is not read as one",
        arguments: ["", "a.b", "%41", "%2e", "%2", "%", "%G1", "%FF", "a b", ".lock", "%+1"])
    func foreignFolderName(folder: String) {
        #expect(Bucket(folderName: folder) == nil)
    }

    @Test("a bucket is valid up to 200 bytes of folder name")
    func validity() {
        #expect(Bucket(String(repeating: "a", count: 200)).isValid)
        #expect(!Bucket(String(repeating: "a", count: 201)).isValid)
        #expect(Bucket(String(repeating: ".", count: 66)).isValid)
        #expect(!Bucket(String(repeating: ".", count: 67)).isValid)
        #expect(!Bucket("").isValid)
    }
}
