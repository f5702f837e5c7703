import Testing

/// Style as a test: what the formatter cannot see, checked over the whole tree.
@Suite struct TreeTests {
    let repository = Repository.current

    @Test func importsFollowTheArrowsOfTheModuleTable() {
        expectNone(repository.sources.flatMap(ImportArrows.violations))
    }

    @Test func oneModuleOnlyImportsEachCLibrary() {
        expectNone(repository.files.filter(\.isSwift).flatMap(ImportArrows.strangers))
    }

    @Test func theModuleTableNamesExactlyTheTargetsThatExist() {
        let planes = repository.folders(in: "Sources")
        let targets = Set(planes.flatMap { repository.folders(in: "Sources/\($0)") })
        let table = Set(ImportArrows.allowed.keys).union(ImportArrows.owners.keys)
        #expect(targets == table)
    }

    @Test func everyTargetHasFilesOfItsOwn() {
        for target in ImportArrows.allowed.keys {
            let files = repository.sources.filter { $0.sourceTarget == target }
            #expect(!files.isEmpty, "\(target) is empty")
            #expect(!files.contains { $0.path.hasSuffix("/Placeholder.swift") }, "\(target)")
        }
    }

    @Test func everyTargetOfLogicHasTests() {
        let tests = Set(repository.folders(in: "Tests"))
        let tested = Set(ImportArrows.allowed.keys)
            .subtracting(["ControlTesting", "EngineTesting", "StoreTesting", "fanfare"])
        for target in tested { #expect(tests.contains("\(target)Tests"), "\(target)") }
    }

    @Test func noTypeSharesItsModulesName() {
        expectNone(repository.sources.flatMap(ModuleNames.violations))
    }

    @Test func oneNameIsOneType() {
        expectNone(TypeNames.violations(in: repository.sources))
    }

    @Test func everyDeclarationIsMentionedSomewhere() {
        let all = repository.files.filter(\.isSwift)
        expectNone(DeadDeclarations.violations(in: repository.sources, among: all))
    }

    @Test func theFoldersOfATargetFollowTheirArrows() {
        expectNone(FolderArrows.violations(in: repository.sources))
        #expect(FolderArrows.unused(in: repository.sources) == [])
    }

    @Test func theControlPlaneGoesByOneClock() {
        expectNone(repository.sources.flatMap(ClockReads.violations))
    }

    @Test func noLineIsTooLong() {
        expectNone(repository.files.flatMap(Sizes.longLines))
    }

    @Test func noTargetIsTooLarge() {
        expectNone(Sizes.largeTargets(in: repository.sources))
    }

    @Test func noFileIsTooLong() {
        expectNone(repository.files.compactMap(Sizes.longFile))
    }

    @Test func theListOfLongFilesHoldsOnlyLongFiles() {
        for path in TidyLimits.longFiles.keys {
            let lines = repository.file(path)?.lines.count ?? 0
            #expect(lines > TidyLimits.fileLines, "\(path) needs no exception")
        }
    }

    @Test func noFunctionIsTooLong() {
        expectNone(repository.files.filter(\.isSwift).flatMap(FunctionLength.violations))
    }

    @Test func mostDeclarationsOfPackagesAreDocumented() {
        let shares = Documentation.shares(in: repository.sources)
        let all = shares.values.reduce(into: Documentation.Share(), +=)
        let list = shares.sorted { $0.value.value < $1.value.value }.map { target, share in
            "\(target): \(share.documented) of \(share.declarations)"
        }
        #expect(
            all.value >= TidyLimits.documentedShare,
            Comment(rawValue: "\(all)\n" + list.joined(separator: "\n")))
    }

    @Test func everyClaimOfSafetyHasItsReason() {
        expectNone(repository.sources.flatMap(SafetyClaims.withoutReason))
    }

    @Test func fewTypesAreSendableByTheirOwnWordAlone() {
        let claims = repository.sources.flatMap(SafetyClaims.uncheckedSendable)
        if claims.count > TidyLimits.uncheckedSendable { expectNone(claims) }
    }

    @Test func nothingSaysThatItIsUnfinished() {
        expectNone(repository.files.flatMap(Leftovers.unfinishedWork))
    }

    @Test func noPathOfOneMachineIsInTheTree() {
        let pages = ["README.md", "Design.md", "perf/README.md"].compactMap(repository.file)
        expectNone((repository.files + pages).flatMap(Leftovers.machinePaths))
    }

    @Test func onlyTheCommandLinePrints() {
        let libraries = repository.sources.filter { $0.sourceTarget != "fanfare" }
        expectNone(libraries.flatMap(Leftovers.printing))
    }

    @Test func theReadmeNamesCommandsThatTheMakefileHas() throws {
        let makefile = MakeCommands.defined(in: try #require(repository.file("Makefile")))
        let readme = MakeCommands.named(in: try #require(repository.file("README.md")))
        for command in readme {
            #expect(makefile.contains(command.target), "README.md:\(command.line)")
        }
        #expect(Set(readme.map(\.target)).isSuperset(of: ["demo", "test"]))
    }

    @Test func thePageOfTheMetricsExplainsExactlyThoseThatThereAre() throws {
        func names(_ files: [SourceFile], _ pattern: Regex<(Substring, Substring)>) -> Set<String> {
            Set(files.flatMap { $0.lines.flatMap { $0.matches(of: pattern).map { String($0.1) } } })
        }
        let program = names(repository.sources, /"(fanfare_[a-z_]+)"/)
        let path = "Sources/Wire/ControlREST/Metrics.md"
        let page = names([try #require(repository.file(path))], /`(fanfare_[a-z_]+)`/)
        #expect(page.symmetricDifference(program).isEmpty)
    }

    /// Expects that a rule found nothing, and lists what it found.
    private func expectNone(
        _ violations: [Violation], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let list = violations.map(\.description).joined(separator: "\n")
        #expect(
            violations.isEmpty, Comment(rawValue: "\n" + list), sourceLocation: sourceLocation)
    }
}
