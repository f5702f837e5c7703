// swift-tools-version: 6.2
import PackageDescription

// Micro-benchmarks of what lies on the path of one message, `make bench` in the folder above, and
// the renders of whole templates beside other engines, `make bench-templates`.
//
// A package of its own, so that who builds fanfare does not fetch the benchmark library. Its
// targets see the `package` symbols of fanfare, because they are compiled under fanfare's package
// name instead of their own. SwiftPM derives that name from the directory of a package, not from
// its manifest.
let fanfareDirectory = Context.packageDirectory.split(separator: "/").dropLast().last ?? "fanfare"
let fanfarePackageName = String(
    fanfareDirectory.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-package-name", fanfarePackageName]),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "fanfare", path: ".."),
        // Without its traits: they replace malloc and the Swift runtime's reference counting to
        // count calls, which costs time in what is measured.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "PerMessage",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "FanfareInternals", package: "fanfare"),
            ],
            path: "Benchmarks/PerMessage",
            packageAccess: false,
            swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        // Without the benchmark library: templates.py drives it beside other engines.
        .executableTarget(
            name: "TemplateRenders",
            dependencies: [
                "MallocCounter",
                .product(name: "FanfareInternals", package: "fanfare"),
            ],
            path: "Benchmarks/TemplateRenders",
            packageAccess: false,
            swiftSettings: settings
        ),
        // Counts calls of malloc in the executable that links it.
        .target(name: "MallocCounter", path: "Benchmarks/MallocCounter"),
    ],
    swiftLanguageModes: [.v6]
)
