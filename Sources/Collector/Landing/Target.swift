public import InfluxWriter
public import MarketStore

/// Where a command's points go: one destination, one bucket, and the words to speak of them.
public struct Target: Sendable {
    /// `main` for InfluxDB, `store` for the embedded store, or a name of `COINLINE_DESTINATIONS`; the folder of its
    /// outbox has the same name.
    public let name: String
    public let destination: any Destination
    public let bucket: Bucket
    public let dialect: Dialect
    /// As a person would call it: "bucket "crypto_data" of http://localhost:8086".
    public let label: String
    /// The embedded store itself, where that is the destination: it keeps its mark of origin.
    public let store: EmbeddedStore?
    /// The setting that names the bucket.
    public let bucketSetting: String

    public init(
        name: String, destination: any Destination, bucket: Bucket, dialect: Dialect, label: String,
        store: EmbeddedStore? = nil, bucketSetting: String = "INFLUXDB_BUCKET"
    ) {
        self.name = name
        self.destination = destination
        self.bucket = bucket
        self.dialect = dialect
        self.label = label
        self.store = store
        self.bucketSetting = bucketSetting
    }

    /// Another bucket of the same destination.
    public func at(_ bucket: Bucket, label: String) -> Target {
        Target(
            name: name, destination: destination, bucket: bucket, dialect: dialect, label: label, store: store,
            bucketSetting: bucketSetting)
    }
}
