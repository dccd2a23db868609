import Foundation

/// The parts of a symbol graph that matter here: what a module shows to others.
struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
        struct Identifier: Decodable {
            let precise: String
        }
        struct Comment: Decodable {}
        struct Fragment: Decodable {
            let spelling: String
            /// Of what is named.
            let preciseIdentifier: String?
        }

        let identifier: Identifier
        let pathComponents: [String]
        let docComment: Comment?
        let declarationFragments: [Fragment]?

        var path: String { pathComponents.joined(separator: ".") }

        /// The last name of the path, without arguments.
        var name: Substring { pathComponents.last?.prefix { $0 != "(" } ?? "" }
    }
    struct Relationship: Decodable {
        let kind: String
        let source: String
        let target: String
    }

    private let symbols: [Symbol]
    private let relationships: [Relationship]

    /// Without what the compiler or the standard library adds.
    var own: [Symbol] { symbols.filter { !$0.identifier.precise.contains("::SYNTHESIZED::") } }

    /// Where a declaration names a type, or conforms to a protocol, of another module than these and the standard
    /// library.
    func strangers(besides modules: Set<String>) -> [String] {
        let named = own.flatMap { symbol in
            (symbol.declarationFragments ?? []).filter { isStrange($0.preciseIdentifier, modules) }
                .map { "\(symbol.path): \($0.spelling)" }
        }
        let paths = Dictionary(own.map { ($0.identifier.precise, $0.path) }) { first, _ in first }
        let conforming = relationships.filter { ["conformsTo", "inheritsFrom"].contains($0.kind) }
            .filter { isStrange($0.target, modules) }
            .compactMap { relationship in paths[relationship.source].map { "\($0): \(relationship.target)" } }
        return named + conforming
    }

    private func isStrange(_ identifier: String?, _ modules: Set<String>) -> Bool {
        guard let identifier else { return false }
        // `s:` and length and name of the module, or, for the standard library, a letter; C's are `c:`.
        guard let match = identifier.wholeMatch(of: #/s:(?:e:s:)?(\d+)(.*)/#) else {
            return !identifier.hasPrefix("s:")
        }
        return !modules.contains(String(match.2.prefix(Int(match.1) ?? 0)))
    }
}
