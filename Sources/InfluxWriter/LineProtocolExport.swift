// Who imports the writer gets points, fields and precisions with it.
@_exported public import LineProtocol
