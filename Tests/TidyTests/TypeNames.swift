/// Finds names that two types share.
///
/// Who reads a name should not have to know which module the file is in. Nested types are named
/// with what they are in, and types that only their file sees are nobody else's to read.
enum TypeNames {
    /// The declarations of top-level types in `files` whose name another file declares, too.
    static func violations(in files: [SourceFile]) -> [Violation] {
        var places: [String: [(path: String, line: Int)]] = [:]
        for file in files {
            for (line, declaration) in file.declarations
            where declaration.isType && declaration.isTopLevel && !declaration.isPrivate {
                places[declaration.name, default: []].append((file.path, line))
            }
        }
        return places.sorted { $0.key < $1.key }.flatMap { name, places -> [Violation] in
            guard places.count > 1, TidyLimits.sharedTypeNames[name] == nil else { return [] }
            return places.map { place in
                let message = "\(name) is the name of \(places.count) types"
                return Violation(path: place.path, line: place.line, message: message)
            }
        }
    }
}
