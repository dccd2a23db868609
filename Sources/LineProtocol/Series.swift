/// The escaped start of a line – measurement and tags – made once and used for many points, see
/// ``LineEncoder/append(_:fields:time:)``.
///
/// Tags are sorted by the bytes of their keys, and a tag with an empty value is left out: servers refuse it.
public struct Series: Sendable {
    let prefix: [UInt8]
    let dialect: Dialect
    /// What was dropped and replaced in making it; counted again for every point written with it.
    let counts: EncodingCounts

    /// Throws when the measurement or a tag cannot be written in the dialect under the policy.
    ///
    /// - Parameters:
    ///   - measurement: what is measured, unescaped.
    ///   - tags: in any order.
    ///   - dialect: of the encoders that will take the series.
    ///   - text: what becomes of a text that cannot be read back.
    public init(
        measurement: String, tags: [Tag] = [], dialect: Dialect = .influx2, text: TextPolicy = .refuse
    ) throws(LineEncodingError) {
        var prefix: [UInt8] = []
        counts = try appendSeries(measurement: measurement, tags: tags, dialect: dialect, text: text, to: &prefix)
        self.prefix = prefix
        self.dialect = dialect
    }

    /// The start of the line as it is written, without the space before the fields.
    public var text: String { String(decoding: prefix, as: UTF8.self) }
}

extension Series: Hashable {
    public static func == (left: Series, right: Series) -> Bool {
        left.prefix == right.prefix && left.dialect == right.dialect
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(prefix)
    }
}

/// Appends measurement and tags in escaped form. On an error the buffer may have grown; the caller cuts it back.
func appendSeries(
    measurement: String, tags: [Tag], dialect: Dialect, text: TextPolicy, to out: inout [UInt8]
) throws(LineEncodingError) -> EncodingCounts {
    let start = out.count
    var counts = EncodingCounts()
    try append(measurement: measurement, dialect: dialect, text: text, counts: &counts, to: &out)
    if areSortedAndFit(tags, dialect: dialect) {
        for tag in tags {
            out.append(Byte.comma)
            out.append(contentsOf: tag.key.utf8)
            out.append(Byte.equals)
            appendEscapedTagValue(tag.value, to: &out)
        }
    } else {
        try append(tags: tags, dialect: dialect, text: text, counts: &counts, to: &out)
    }
    let bytes = out.count - start
    guard bytes <= Limit.seriesKeyBytesMax else {
        throw LineEncodingError(.tooLong(bytes: bytes, bytesMax: Limit.seriesKeyBytesMax), .series, measurement)
    }
    return counts
}

private func append(
    measurement: String, dialect: Dialect, text: TextPolicy, counts: inout EncodingCounts, to out: inout [UInt8]
) throws(LineEncodingError) {
    if isPlain(measurement), measurement.utf8.first != Byte.underscore {
        out.append(contentsOf: measurement.utf8)
        return
    }
    let name = try fit(measurement, at: .measurement, named: measurement, dialect: dialect, policy: text)
    try refuseReserved(name.bytes, at: .measurement)
    counts.replacedTexts += name.isReplaced ? 1 : 0
    appendEscaped(name.bytes, at: .measurement, to: &out)
}

/// Whether the tags can be written one after the other with nothing but escapes in values, the common case.
private func areSortedAndFit(_ tags: [Tag], dialect: Dialect) -> Bool {
    guard tags.count <= dialect.tagsMax else { return false }
    for index in tags.indices {
        let tag = tags[index]
        guard isPlain(tag.key), isFit(tag.value), tag.value.utf8.count <= dialect.tagValueBytesMax,
            !isReservedTagKey(tag.key)
        else { return false }
        if index > 0, !tags[index - 1].key.utf8.lexicographicallyPrecedes(tag.key.utf8) { return false }
    }
    return true
}

private struct FitTag {
    let key: FitText
    let value: FitText
}

private func append(
    tags: [Tag], dialect: Dialect, text: TextPolicy, counts: inout EncodingCounts, to out: inout [UInt8]
) throws(LineEncodingError) {
    var fitTags: [FitTag] = []
    for tag in tags {
        let value = try fit(tag.value, at: .tagValue, named: tag.key, dialect: dialect, policy: text)
        let key = try fit(tag.key, at: .tagKey, named: tag.key, dialect: dialect, policy: text)
        try refuseReserved(key.bytes, at: .tagKey)
        guard !value.bytes.isEmpty else {
            counts.droppedTags += 1
            continue
        }
        guard value.bytes.count <= dialect.tagValueBytesMax else {
            throw LineEncodingError(
                .tooLong(bytes: value.bytes.count, bytesMax: dialect.tagValueBytesMax), .tagValue, tag.key)
        }
        fitTags.append(FitTag(key: key, value: value))
    }
    guard fitTags.count <= dialect.tagsMax else {
        throw LineEncodingError(.tooManyTags(count: fitTags.count, countMax: dialect.tagsMax), .series)
    }
    fitTags.sort { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }
    for (index, tag) in fitTags.enumerated() {
        guard index == 0 || fitTags[index - 1].key.bytes != tag.key.bytes else {
            throw LineEncodingError(.duplicate, .tagKey, String(decoding: tag.key.bytes, as: UTF8.self))
        }
        counts.replacedTexts += (tag.key.isReplaced ? 1 : 0) + (tag.value.isReplaced ? 1 : 0)
        out.append(Byte.comma)
        appendEscaped(tag.key.bytes, at: .tagKey, to: &out)
        out.append(Byte.equals)
        appendEscaped(tag.value.bytes, at: .tagValue, to: &out)
    }
}
