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
}
