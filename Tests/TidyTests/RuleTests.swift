import Testing

/// The rules themselves, on samples: a rule that finds nothing anywhere would keep every tree tidy.
@Suite struct RuleTests {
    @Test(arguments: [
        ("import Engine", "Engine"),
        ("package import Engine", "Engine"),
        ("@preconcurrency public import Engine  // for its ports", "Engine"),
        ("    internal import struct Engine.Page", "Engine"),
        ("import Foundation.NSData", "Foundation"),
    ])
    func anImportIsReadInEveryForm(line: String, module: String) {
        #expect(ImportDeclaration(line: line[...])?.module == module)
    }

    @Test(arguments: ["// import Engine", "import an audience", "let imported = 1", "important"])
    func proseIsNoImport(line: String) {
        #expect(ImportDeclaration(line: line[...]) == nil)
    }

    @Test func anArrowAgainstTheTableIsFound() {
        let file = SourceFile(
            path: "Sources/Core/Engine/Page/Page.swift",
            text: "import Structures\npackage import Storage\n@testable import Pacing\n")
        #expect(ImportArrows.violations(in: file).map(\.line) == [2, 3])
    }

    @Test func aTargetOutsideTheTableMayImportNothing() {
        let file = SourceFile(path: "Sources/Core/New/New.swift", text: "import Engine\n")
        #expect(ImportArrows.violations(in: file).count == 1)
    }

    @Test func aSecondImporterOfACLibraryIsFoundInTestsToo() {
        let text = "import CLibuv\n"
        let owner = SourceFile(path: "Sources/Sending/UVLoop/Loop.swift", text: text)
        let test = SourceFile(path: "Tests/UVLoopTests/LoopTests.swift", text: text)
        #expect(ImportArrows.strangers(in: owner).isEmpty)
        #expect(ImportArrows.strangers(in: test).count == 1)
    }

    @Test func aTypeNamedLikeItsModuleIsFound() {
        let text = "package final class Storage {}\nstruct StorageError {}\n"
        let file = SourceFile(path: "Sources/Sending/Storage/Store.swift", text: text)
        #expect(ModuleNames.violations(in: file).map(\.line) == [1])
    }

    @Test(arguments: [
        ("struct Page {", "struct", "Page"),
        ("    package static func of(_ x: Int) {", "func", "of"),
        ("@safe package final class Loop: Sendable {", "class", "Loop"),
        ("    private(set) var place = 0", "var", "place"),
        ("    package class func make() {}", "func", "make"),
        ("let `default` = 1", "let", "default"),
        ("func read<T>() -> T {", "func", "read"),
    ])
    func aDeclarationIsRead(line: String, keyword: String, name: String) {
        let declaration = Declaration(code: line[...])
        #expect(declaration?.keyword == keyword)
        #expect(declaration?.name == name)
    }

    @Test(arguments: [
        "    if let page {", "case let value:", "    static func == (a: A, b: A) -> Bool {",
        "let (a, b) = pair", "the class of a page", "extension Page {", "init(page: Int) {",
    ])
    func anotherLineDeclaresNoName(line: String) {
        #expect(Declaration(code: line[...]) == nil)
    }

    @Test func commentsAndTextsAreNoCode() {
        let text = #"""
            let a = "Page" // Page
            let b = "\(Page.self)" + "Page"
            let c = """
                Page
                """
            """#
        let words = SourceFile(path: "a.swift", text: text).codeLines.map { line in
            line.code.codeWords.count { $0 == "Page" }
        }
        #expect(words == [0, 1, 0, 0, 0])
    }

    @Test func aNameOfTwoTypesIsFoundUnlessOneIsNestedOrPrivate() {
        let one = SourceFile(path: "Sources/Core/Engine/Fate.swift", text: "struct Fate {}\n")
        let other = SourceFile(
            path: "Sources/Tools/fanfare/Fate.swift", text: "package enum Fate {\n}\n")
        let others = SourceFile(
            path: "Sources/Tools/fanfare/A.swift",
            text: "struct A {\n    enum Fate {}\n}\nprivate struct Fate {}\n")
        #expect(TypeNames.violations(in: [one, other]).count == 2)
        #expect(TypeNames.violations(in: [one, others]).isEmpty)
    }

    @Test func aDeclarationThatNothingMentionsIsFound() {
        let text = """
            struct Used {
                func dead() {}  // as dead as can be
                func alive() { alive() }
                static func == (a: Used, b: Used) -> Bool { true }
                func tested() {}
            }
            """
        let file = SourceFile(path: "Sources/Core/Engine/Used.swift", text: text)
        let test = SourceFile(path: "Tests/EngineTests/UsedTests.swift", text: "Used().tested()\n")
        #expect(DeadDeclarations.violations(in: [file], among: [file, test]).map(\.line) == [2])
    }

    @Test func aFolderThatNamesWhatItMayNotIsFound() {
        let low = SourceFile(
            path: "Sources/Core/Engine/Low/Base.swift",
            text: "struct Base {}\nlet a: Root\nlet b = Upper.Top()\n// Top\n")
        let high = SourceFile(
            path: "Sources/Core/Engine/High/Top.swift", text: "struct Top {}\nlet base: Base\n")
        let root = SourceFile(
            path: "Sources/Core/Engine/Root.swift", text: "struct Root {}\nlet top: Top\n")
        let table: [String: Set<String>] = ["Engine/Low": [], "Engine/High": ["Low", "Middle"]]
        let files = [low, high, root]
        #expect(FolderArrows.violations(in: files, allowed: table).map(\.line) == [2])
        #expect(FolderArrows.unused(in: files, allowed: table) == ["Engine/High -> Middle"])
        #expect(FolderArrows.violations(in: files, allowed: ["Engine/Low": []]).count == 2)
    }

    @Test func aLineOfTheLimitPassesAndOneMoreDoesNot() {
        // Two bytes a character: the limit counts characters.
        let line = "//" + String(repeating: "é", count: TidyLimits.lineCharacters - 2)
        let file = SourceFile(path: "a.swift", text: "\(line)\n\(line)é\n")
        #expect(Sizes.longLines(in: file).map(\.line) == [2])
    }

    @Test func aFileOfTheLimitPassesAndOneMoreDoesNot() {
        let text = String(repeating: "\n", count: TidyLimits.fileLines)
        #expect(Sizes.longFile(SourceFile(path: "a.swift", text: text)) == nil)
        #expect(Sizes.longFile(SourceFile(path: "a.swift", text: text + "\n")) != nil)
    }

    @Test func theLengthOfAFunctionEndsAtItsBrace() {
        let text = """
            protocol Port {
                func send()
                func wait(
                    until: Int
                ) -> Bool
            }
            package static func long(
                a: Int
            ) {
                if a > 0 {

                }
            }
            init?(x: Int) { self.x = x }
            """
        let lines = SourceFile(path: "a.swift", text: text).lines
        #expect(
            [1, 2, 6, 13].map { FunctionLength.lineCount(from: $0, in: lines) } == [1, 1, 7, 1])
    }

    @Test(arguments: ["func f()", "@inlinable package static func f()", "public init<T>()"])
    func aFunctionPastTheLimitIsFound(declaration: String) {
        let body = String(repeating: "    g()\n", count: TidyLimits.functionLines - 2)
        let fits = SourceFile(path: "a.swift", text: "\(declaration) {\n\(body)}\n")
        let long = SourceFile(path: "a.swift", text: "\(declaration) {\n\(body)    g()\n}\n")
        #expect(FunctionLength.violations(in: fits).isEmpty)
        #expect(FunctionLength.violations(in: long).count == 1)
    }

    @Test(arguments: [
        "package let a = 1", "    public private(set) var a: Int", "private(set) package var a = 1",
        "@inlinable package mutating func take(_ a: Int) {", "@usableFromInline package init(",
        "package indirect enum Node {", "package class func make()", "package class Node {",
        "@available(*, deprecated) public typealias Word = Int",
    ])
    func aVisibleDeclarationIsToBeDocumented(line: String) {
        #expect(Documentation.isCounted(line[...]))
    }

    @Test(arguments: [
        "let a = 1", "package import Engine", "package extension Page {", "case package",
        "package var description: String {", "package func hash(into hasher: inout Hasher) {",
        "package static func == (a: A, b: A) -> Bool {", "package override func close() {",
        "// package let a = 1", "private let package = 1", "internal func run() {",
    ])
    func otherLinesAreNotToBeDocumented(line: String) {
        #expect(!Documentation.isCounted(line[...]))
    }

    @Test func aCommentOfADeclarationMayHaveAttributesBehindIt() {
        let text = """
            /// One.
            @inlinable
            package func one() {}

            /// Two.
            // SAFETY: two.
            package struct Two {
                package let three: Int
                // Four.
                package let four: Int
                /// Five.
                @inlinable package var five: Int { 5 }
                @inlinable package var six: Int { 6 }
            }
            """
        let file = SourceFile(path: "Sources/Core/Engine/a.swift", text: text)
        #expect(Documentation.share(in: file) == .init(declarations: 6, documented: 3))
        #expect(Documentation.shares(in: [file, file])["Engine"]?.declarations == 12)
    }

    @Test func aClaimWithoutAReasonAboveItIsFound() {
        let text = """
            /// One.
            // SAFETY: nothing changes.
            @safe
            final class One: @unchecked Sendable {
                // Sendable all the same.
                nonisolated(unsafe) var two: Int
            }
            @safe struct Three {}
            /// SAFETY: it owns its memory.
            @safe
            @frozen
            struct Four: @unchecked Sendable {}
            @safely let five = "@safe"
            """
        let file = SourceFile(path: "a.swift", text: text)
        #expect(SafetyClaims.withoutReason(in: file).map(\.line) == [6, 8])
        #expect(SafetyClaims.uncheckedSendable(in: file).map(\.line) == [4, 12])
    }

    @Test func unfinishedWorkIsFoundAsAWordOnly() {
        let word = Leftovers.unfinished[1]
        let file = SourceFile(path: "a.swift", text: "// \(word): later\nmktemp a.\(word)\(word)\n")
        #expect(Leftovers.unfinishedWork(in: file).map(\.line) == [1])
    }

    @Test func machinePathsAreFoundAtTheStartOfAPathOnly() {
        let folder = Leftovers.machinePaths[0]
        let text = """
            open("\(folder)/main")
            cd \(folder)
            let net = "net\(folder)"
            let long = "\(folder)ers"
            at="$root\(folder)"
            """
        let file = SourceFile(path: "a.swift", text: text)
        #expect(Leftovers.machinePaths(in: file).map(\.line) == [1, 2])
    }

    @Test func printingIsFoundButNotFunctionsThatEndInTheWord() {
        let file = SourceFile(path: "a.swift", text: "print(1)\nfingerprint(1)\nlog.print(1)\n")
        #expect(Leftovers.printing(in: file).map(\.line) == [1])
    }

    @Test func aLookAtTheMachinesClockIsFoundInTheControlPlaneAlone() {
        let text = "let a = Date()\nlet b = clock.now\nlet c = WallClock.system.now // Date()\n"
        func lines(_ path: String) -> [Int] {
            ClockReads.violations(in: SourceFile(path: path, text: text)).map(\.line)
        }
        #expect(lines("Sources/Control/Control/ControlPlane.swift") == [1, 3])
        #expect(lines(ClockReads.options) == [1])
        #expect(lines(ClockReads.clock) == [] && lines("Sources/Tools/fanfare/Main.swift") == [])
    }

    @Test func makeCommandsAreReadFromCodeAndNotFromProse() {
        let text = """
            To make sure, run `make test` or `swift build`.
            ```
            $ make demo DEMO_RECIPIENTS=20
            make perf  # takes minutes
            ```
            """
        let page = SourceFile(path: "README.md", text: text)
        #expect(MakeCommands.named(in: page).map(\.target) == ["test", "demo", "perf"])
    }

    @Test func makeTargetsAreReadWithoutVariables() {
        let text = "SWIFT ?= swift\nX := a:b\n.PHONY: test\ntest: deps ## Runs\n\tswift test: x\n"
        let makefile = SourceFile(path: "Makefile", text: text)
        #expect(MakeCommands.defined(in: makefile) == ["test"])
    }

    @Test func aTargetWithTooManyFilesIsFound() {
        let files = (0...TidyLimits.targetFiles).map {
            SourceFile(path: "Sources/Core/New/File\($0).swift", text: "\n")
        }
        #expect(Sizes.largeTargets(in: files).map(\.path) == ["New"])
        #expect(Sizes.largeTargets(in: Array(files.dropLast())).isEmpty)
    }
}
