import Foundation
import Testing

/// The checked-out tree, as the tidy tests read it.
///
/// The files are found by walking the folders and not by asking git, so that the tests also hold in
/// an exported archive and before a file is added. Build products are skipped by the dot in their
/// name.
struct Repository: Sendable {
    /// The tree that this test was compiled from.
    static let current = Repository(containing: #filePath)

    /// The folder that holds the package manifest.
    let root: URL

    /// The source and tooling files: everything that people write and read as code.
    let files: [SourceFile]

    /// Folders that are walked to the bottom.
    private static let folders = ["Sources", "Tests", "Benchmarks/Benchmarks", "perf", ".ci"]

    /// Files outside those folders.
    private static let looseFiles = ["Package.swift", "Benchmarks/Package.swift", "Makefile"]

    /// What is read inside the folders: code, and not the data files of tests.
    private static let extensions: Set<String> = ["swift", "h", "py", "sh", "lua"]

    /// Reads the tree around `file`, whose path may lead through symbolic links.
    init(containing file: String) {
        let start = URL(fileURLWithPath: file).resolvingSymlinksInPath()
        guard let root = Self.root(above: start) else {
            preconditionFailure("No Package.swift of fanfare above \(start.path)")
        }
        self.root = root
        let walked = Self.folders.flatMap { Self.codeFiles(in: $0, root: root) }
        files = (walked + Self.looseFiles).compactMap { Self.read($0, root: root) }
    }

    /// The Swift files of `Sources`.
    var sources: [SourceFile] { files.filter { $0.isSwift && $0.isInside("Sources") } }

    /// The file at `path`, also one that ``files`` leaves out, or nil when there is none.
    func file(_ path: String) -> SourceFile? { Self.read(path, root: root) }

    /// The names of the folders directly inside `folder`.
    func folders(in folder: String) -> [String] {
        let url = root.appendingPathComponent(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { Self.isFolder(url.appendingPathComponent($0)) }.sorted()
    }

    private static func root(above start: URL) -> URL? {
        var folder = start.deletingLastPathComponent()
        while folder.path != "/" {
            let manifest = read("Package.swift", root: folder)
            if manifest?.lines.contains(where: { $0.contains("name: \"fanfare\"") }) == true {
                return folder
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    private static func codeFiles(in folder: String, root: URL) -> [String] {
        let url = root.appendingPathComponent(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.sorted().flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            if isFolder(url.appendingPathComponent(name)) {
                return name.hasPrefix(".") ? [] : codeFiles(in: path, root: root)
            }
            let isScript = folder == ".ci"
            let suffix = URL(fileURLWithPath: name).pathExtension
            return isScript || extensions.contains(suffix) ? [path] : []
        }
    }

    private static func isFolder(_ url: URL) -> Bool {
        // The attributes of the entry itself: a symbolic link is not followed.
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        return attributes?[.type] as? FileAttributeType == .typeDirectory
    }

    private static func read(_ path: String, root: URL) -> SourceFile? {
        guard
            let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path)
        else { return nil }
        return SourceFile(path: path, text: String(decoding: data, as: UTF8.self))
    }
}

extension Repository: CustomTestStringConvertible {
    /// A failed expectation names the tree and does not print it.
    var testDescription: String { "the tree at \(root.lastPathComponent)" }
}
