// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "fanfare",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "fanfare", targets: ["fanfare"]),
        // For the nested Benchmarks package, which sees products only.
        .library(
            name: "FanfareInternals",
            targets: ["Structures", "Pacing", "JSON", "Jinja", "Engine", "Audience"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),

        // The control plane.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // System libraries: a module map and captioned shims, no logic.
        .systemLibrary(name: "CLibuv", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(
            name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The pure centre: no I/O, time is an argument.
        .target(name: "Structures"),
        .target(name: "Pacing", dependencies: ["Structures"]),
        .target(name: "JSON"),
        .target(
            name: "Jinja", exclude: ["Differences.md"],
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(name: "Filters", dependencies: ["JSON", "Structures"]),
        .target(name: "Engine", dependencies: ["Structures", "Pacing", "Jinja"]),
        .target(name: "EngineTesting", dependencies: ["Engine", "Structures", "Pacing", "Jinja"]),
        .target(name: "Providers", dependencies: ["Engine"]),

        // The rim: each imports one C library or one kind of input.
        .target(
            name: "Audience",
            dependencies: ["Engine", "JSON", "Jinja", "Providers", "Structures", "CZlib"]),
        .target(name: "UVLoop", dependencies: ["CLibuv", "Structures"]),
        .target(name: "CurlTransport", dependencies: ["CLibcurl", "UVLoop", "Engine"]),
        .target(name: "Storage", dependencies: ["CSQLite", "Engine"]),
        .target(
            name: "Runtime",
            dependencies: ["Engine", "Providers", "UVLoop", "Structures", "Pacing", "Jinja"]),
        .target(name: "StoreTesting", dependencies: ["Engine", "Jinja", "Runtime"]),
        .target(
            name: "ControlTesting",
            dependencies: [
                "CampaignLife", "Control", "ControlDirectory", "ControlOperations", "ControlREST",
                "JSON", "Structures", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "StandInReceiver", dependencies: ["UVLoop", "Structures"]),
        .target(
            name: "SendPlans",
            dependencies: [
                "Engine", "Pacing", "JSON", "Jinja", "Providers", "Audience", "CurlTransport",
                "Storage", "Runtime",
            ]),

        // The control plane: what may be sent, and the API over it.
        .target(name: "CampaignLife"),
        .target(
            name: "ControlDirectory",
            dependencies: [
                "Structures", "JSON", "Engine", "Providers", "Audience", "Storage", "Filters",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "ControlMessages",
            dependencies: [
                "ControlDirectory", "Structures", "JSON", "Jinja", "Engine", "Providers", "Storage",
                "SendPlans", "Filters", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "ControlEvents",
            dependencies: [
                "ControlDirectory", "Structures", "JSON", "Engine", "UVLoop", "CurlTransport",
                "Runtime", "SendPlans", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Control",
            dependencies: [
                "CampaignLife", "ControlDirectory", "ControlMessages", "ControlEvents",
                "Structures",
                "Pacing", "JSON", "Jinja", "Engine", "Providers", "Audience", "UVLoop",
                "CurlTransport", "Storage", "Runtime", "SendPlans", "Filters",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "ControlOperations",
            dependencies: [
                "Audience", "Control", "ControlDirectory", "ControlEvents", "ControlMessages",
                "JSON",
            ]),
        .target(
            name: "ControlREST",
            dependencies: [
                "CampaignLife", "Control", "ControlDirectory", "ControlOperations", "JSON",
                "PrometheusMetrics", "Structures",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], exclude: ["Metrics.md"]),
        .target(
            name: "PrometheusMetrics",
            dependencies: ["Structures", .product(name: "CoreMetrics", package: "swift-metrics")]),
        .executableTarget(
            name: "fanfare",
            dependencies: [
                "Structures", "Pacing", "JSON", "Jinja", "Engine", "Providers", "Audience",
                "UVLoop",
                "CurlTransport", "Storage", "Runtime", "StandInReceiver", "SendPlans", "Control",
                "ControlDirectory", "ControlREST", "PrometheusMetrics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "TOMLKit", package: "TOMLKit"),
                .product(name: "Yams", package: "Yams"),
            ]),

        .testTarget(name: "StructuresTests", dependencies: ["Structures"]),
        .testTarget(name: "PacingTests", dependencies: ["Pacing"]),
        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(
            name: "JinjaTests", dependencies: ["Jinja"],
            exclude: [
                "Expectations", "Fuzzing/Corpus", "Fuzzing/FuzzTemplates.swift", "Fuzzing/fuzz.sh",
                "Fuzzing/templates.dict",
            ]),
        .testTarget(
            name: "FiltersTests",
            dependencies: [
                "Filters", "JSON", "Structures", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "EngineTests",
            dependencies: ["Engine", "EngineTesting", "Jinja", "Pacing", "Structures"]),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["Providers", "Engine", "EngineTesting", "Structures"]),
        .testTarget(
            name: "AudienceTests",
            dependencies: ["Audience", "Engine", "JSON", "Jinja", "Structures"]),
        .testTarget(name: "UVLoopTests", dependencies: ["UVLoop"]),
        .testTarget(
            name: "CurlTransportTests",
            dependencies: [
                "CurlTransport", "StandInReceiver", "UVLoop", "Engine", "EngineTesting",
                "Structures",
            ]),
        .testTarget(name: "StorageTests", dependencies: ["Storage", "Engine"]),
        .testTarget(
            name: "RuntimeTests",
            dependencies: [
                "Runtime", "Engine", "EngineTesting", "StoreTesting", "Structures", "Pacing",
                "Jinja",
                "UVLoop",
                "Providers",
            ]),
        .testTarget(name: "StandInReceiverTests", dependencies: ["StandInReceiver", "UVLoop"]),
        .testTarget(
            name: "SendPlansTests",
            dependencies: ["SendPlans", "Engine", "Runtime", "Storage", "StoreTesting"]),
        .testTarget(
            name: "CampaignLifeTests", dependencies: ["CampaignLife", "Structures"]),
        .testTarget(
            name: "ControlDirectoryTests",
            dependencies: [
                "ControlDirectory", "Filters", "JSON",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "ControlMessagesTests",
            dependencies: [
                "ControlDirectory", "ControlMessages", "JSON", "Jinja", "SendPlans",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ControlEventsTests", dependencies: ["ControlEvents", "CurlTransport", "Engine"]),
        .testTarget(
            name: "ControlTests",
            dependencies: [
                "CampaignLife", "Control", "ControlDirectory", "ControlEvents", "ControlMessages",
                "ControlTesting", "Engine", "JSON", "Runtime", "SendPlans", "StandInReceiver",
                "Storage",
                "StoreTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "ControlOperationsTests",
            dependencies: [
                "CampaignLife", "SendPlans", "Control", "ControlDirectory", "ControlEvents",
                "ControlMessages", "ControlOperations", "ControlTesting", "Engine", "Filters",
                "JSON", "Jinja", "Pacing", "StandInReceiver", "Structures",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "ControlRESTTests",
            dependencies: [
                "CampaignLife", "SendPlans", "Control", "ControlDirectory", "ControlEvents",
                "ControlMessages", "ControlOperations", "ControlREST", "ControlTesting", "Engine",
                "Filters", "JSON", "Jinja", "Pacing",
                "PrometheusMetrics", "StandInReceiver", "Structures",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], exclude: ["Fuzzing"]),
        .testTarget(
            name: "PrometheusMetricsTests",
            dependencies: [
                "PrometheusMetrics", .product(name: "CoreMetrics", package: "swift-metrics"),
            ]),
        .testTarget(name: "FanfareTests", dependencies: ["fanfare"]),
        .testTarget(name: "TidyTests"),
    ],
    swiftLanguageModes: [.v6]
)

// A sanitizer run builds only what it tests: the modules that own C handles or cross threads.
if Context.environment["FANFARE_SANITIZE"] != nil {
    let tested = [
        "UVLoopTests", "CurlTransportTests", "RuntimeTests", "StructuresTests", "PacingTests",
    ]
    let left = [
        "fanfare", "Audience", "Storage", "CSQLite", "CZlib", "SendPlans", "JSON", "Filters",
        "CampaignLife", "ControlDirectory", "ControlMessages", "ControlEvents", "Control",
        "ControlOperations", "ControlREST", "ControlTesting", "PrometheusMetrics",
    ]
    package.targets.removeAll { target in
        left.contains(target.name) || target.type == .test && !tested.contains(target.name)
    }
    package.products = []
    package.dependencies = []
}

/// Settings that every Swift target shares.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),  // SE-0458: every raw touch says `unsafe`
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    .treatAllWarnings(as: .error),  // SE-0480
    // Specialises generic code of one module for the types of another, above all `Shard` for its
    // transport. Members of `package` types are not inlined across modules all the same.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// The folders of `Sources`, one for each plane of the program, with the targets in it.
let planes = [
    "Libraries": ["CLibcurl", "CLibuv", "CSQLite", "CZlib"],
    "Core": ["Engine", "Filters", "JSON", "Jinja", "Pacing", "Structures"],
    "Sending": [
        "Audience", "CurlTransport", "Providers", "Runtime", "SendPlans", "Storage", "UVLoop",
    ],
    "Control": [
        "CampaignLife", "Control", "ControlDirectory", "ControlEvents", "ControlMessages",
        "ControlOperations",
    ],
    "Wire": ["ControlREST", "PrometheusMetrics"],
    "Tools": ["ControlTesting", "EngineTesting", "StandInReceiver", "StoreTesting", "fanfare"],
]
for (plane, targets) in planes {
    for target in package.targets where targets.contains(target.name) {
        target.path = "Sources/\(plane)/\(target.name)"
    }
}

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}
