import CoinlineBase
public import InfluxWriter
import LineProtocol
import MarketData

extension Landing.Configuration {
    /// What the writer of a target is told.
    public func ofWriter(_ target: Target, text: TextPolicy) -> Writer.Configuration {
        let now = timing.now
        var writer = Writer.Configuration(dataFolder: dataFolder) { Timestamp(nanoseconds: now().nanoseconds) }
        writer.destination = target.name
        writer.limits = outbox.limits
        writer.sealAfter = outbox.sealAfter
        writer.dialect = target.dialect
        writer.text = text
        writer.gzipLevel = gzipLevel
        writer.sync = outbox.sync
        writer.capacity = outbox.capacity
        writer.deadLetters = outbox.deadLetters
        writer.fieldTypes = Schema.measurements.flatMap { measurement in
            measurement.fields.map { field in
                FieldDeclaration(
                    bucket: target.bucket, measurement: measurement.name, field: field.name, type: field.type)
            }
        }
        return writer
    }
}
