/// Which folder of a target may name the types of which other one: arrows that the compiler does
/// not see, inside a module.
enum FolderArrows {
    /// For each folder of a target, given as `Target/Folder`, the folders that it may name.
    ///
    /// A file beside the folders, such as the plane that holds all of them, may name everything.
    /// Folders that name each other form a knot; the table shows the ones that there are.
    static let allowed: [String: Set<String>] = [
        "ControlDirectory/Values": [],
        "ControlDirectory/Errors": [],
        "ControlDirectory/Lifecycle": ["Database"],
        "ControlDirectory/Database": ["Errors", "Values"],
        "ControlDirectory/Input": ["Database", "Errors", "Values"],
        "ControlDirectory/Access": ["Errors", "Values"],
        "ControlDirectory/Audit": ["Access", "Database", "Input", "Values"],
        "ControlDirectory/Eligibility": ["Database", "Values"],
        "ControlDirectory/Quota": ["Access", "Database", "Errors", "Input", "Values"],
        "ControlDirectory/Idempotency": ["Access", "Database", "Errors", "Values"],
        "ControlDirectory/Identity": [
            "Access", "Audit", "Database", "Eligibility", "Errors", "Input", "Quota", "Values",
        ],
        "ControlDirectory/Users": [
            "Access", "Audit", "Database", "Eligibility", "Errors", "Input", "Values",
        ],

        // What a template's content is depends on its provider, and a provider's on the content.
        "ControlMessages/Providers": ["Templates"],
        "ControlMessages/Segments": ["ControlMessages"],
        "ControlMessages/Templates": ["ControlMessages", "Providers"],

        // The campaigns, their runs, and what is counted and limited of them: one knot.
        "Control/Campaigns": ["Limits", "Running"],
        "Control/Running": ["Campaigns", "Limits", "Metrics"],
        "Control/Limits": ["Running"],
        "Control/Metrics": ["Running"],
        "Control/Deliveries": ["Campaigns", "Running"],
        "Control/Notifications": ["Campaigns", "Deliveries"],
    ]

    /// A folder of a target that names a type of another one.
    struct Arrow: Hashable {
        /// The folder that names, as `Target/Folder`.
        let from: String

        /// The folder of the type, or the target itself for a file beside the folders.
        let to: String
    }

    /// The places in `files`, which are all of one tree, where a folder names what it may not.
    static func violations(
        in files: [SourceFile], allowed: [String: Set<String>] = allowed
    ) -> [Violation] {
        arrows(in: files, of: targets(of: allowed)).flatMap { arrow, places in
            allowed[arrow.from]?.contains(arrow.to) == true ? [] : places
        }
    }

    /// The entries of the table that no file needs, as `Target/Folder -> Folder`.
    static func unused(
        in files: [SourceFile], allowed: [String: Set<String>] = allowed
    ) -> [String] {
        let found = arrows(in: files, of: targets(of: allowed))
        return allowed.flatMap { from, folders in
            folders.filter { found[Arrow(from: from, to: $0)] == nil }.map { "\(from) -> \($0)" }
        }
        .sorted()
    }

    private static func targets(of allowed: [String: Set<String>]) -> Set<String> {
        Set(allowed.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
    }

    /// All arrows between the folders of `targets`, with their places.
    private static func arrows(
        in files: [SourceFile], of targets: Set<String>
    ) -> [Arrow: [Violation]] {
        var arrows: [Arrow: [Violation]] = [:]
        for target in targets {
            let own = files.filter { $0.sourceTarget == target }
            let homes = homes(of: own)
            for file in own {
                guard let folder = file.targetFolder else { continue }
                for (number, code) in file.codeLines {
                    for name in typeNames(in: code) {
                        guard let home = homes[name], home != folder else { continue }
                        let message = "\(folder) may not name \(name) of \(home)"
                        arrows[Arrow(from: "\(target)/\(folder)", to: home), default: []].append(
                            Violation(path: file.path, line: number, message: message))
                    }
                }
            }
        }
        return arrows
    }

    /// The folder of every top-level type of one target.
    private static func homes(of files: [SourceFile]) -> [String: String] {
        var homes: [String: String] = [:]
        for file in files {
            for (_, declaration) in file.declarations
            where declaration.isType && declaration.isTopLevel && !declaration.isPrivate {
                homes[declaration.name] = file.targetFolder ?? file.sourceTarget
            }
        }
        return homes
    }

    /// The names in a line of code that can be those of top-level types: nested ones follow a dot.
    private static func typeNames(in code: Substring) -> [String] {
        code.codeWords.compactMap { word in
            guard word.first?.isUppercase == true else { return nil }
            let isNested =
                word.startIndex > code.startIndex
                && code[code.index(before: word.startIndex)] == "."
            return isNested ? nil : String(word)
        }
    }
}

extension SourceFile {
    /// The first folder below the target's; nil for a file beside the folders.
    var targetFolder: String? {
        let components = path.split(separator: "/")
        guard components.count > 4, components[0] == "Sources" else { return nil }
        return String(components[3])
    }
}
