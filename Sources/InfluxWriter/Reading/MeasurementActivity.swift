/// What a destination holds of one measurement in a stretch of time.
public struct MeasurementActivity: Sendable, Equatable {
    /// Its name.
    public let measurement: String
    /// The embedded store counts points. A server counts values of fields, and this is the count of the field that has
    /// most of them: exact when one field is in every point, and never too high.
    public let points: Int
    /// The time of the newest point.
    public let newest: Timestamp?

    /// The activity of a measurement.
    public init(measurement: String, points: Int, newest: Timestamp?) {
        self.measurement = measurement
        self.points = points
        self.newest = newest
    }
}
