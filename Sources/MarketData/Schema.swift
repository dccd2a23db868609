public import LineProtocol

/// The one place that knows the names of measurements, tags and fields.
///
/// The tables behind it (`Tables.swift`) hold for each field its name, type, unit and where its value comes from, and
/// points are made by walking them: a field that is not declared cannot be written, nor one of another type. A type
/// never changes: a server that took an integer for a field refuses, or silently hides, a float of that name.
public enum Schema {
    public static let cryptocurrencyData = Tables.coins.schema
    public static let exchangeData = Tables.exchanges.schema
    public static let marketOverview = Tables.overviews.schema
    public static let apiUsage = Tables.credits.schema

    /// All measurements, in the order of the documentation.
    public static let measurements: [MeasurementSchema] = [cryptocurrencyData, exchangeData, marketOverview, apiUsage]

    /// What a person wants to see first of a coin, the rank that orders it at the head.
    public static let coinGlance = ["rank", "code", "name", "rate", "delta_24h", "market_cap", "volume"]

    /// The measurement of a name, nil for one that is not ours.
    public static func measurement(_ name: String) -> MeasurementSchema? {
        measurements.first { $0.name == name }
    }
}

/// A measurement as it is declared.
public struct MeasurementSchema: Sendable, Equatable {
    public let name: String
    /// One sentence: what a point of it is.
    public let purpose: String
    /// What the time of a point is.
    public let time: String
    /// In the order of their names, as a line has them.
    public let tags: [TagSchema]
    /// In the order of their names, as a line has them.
    public let fields: [FieldSchema]

    public func field(_ name: String) -> FieldSchema? {
        fields.first { $0.name == name }
    }

    public func tag(_ name: String) -> TagSchema? {
        tags.first { $0.name == name }
    }
}

public struct TagSchema: Sendable, Equatable {
    public let name: String
    public let meaning: String
    /// Whether a point may come without it, where the value is not known.
    public let isOptional: Bool
}

public struct FieldSchema: Sendable, Equatable {
    public let name: String
    /// For ever.
    public let type: FieldType
    public let unit: String
    public let meaning: String
    public let origin: FieldOrigin
}

/// Who wrote a field first.
public enum FieldOrigin: String, Sendable, Equatable {
    /// Written by LCW-Fetch under the same name and type; its users' queries rely on it.
    case original = "LCW-Fetch"
    /// Written by Coinline only.
    case added
}
