/// Which module may import which: the module map of the design page, as a table.
///
/// The compiler cannot hold it: a target sees every module that its dependencies were built with,
/// also those that it does not declare.
enum ImportArrows {
    /// The C modules, each with the only Swift module that may import it.
    static let owners: [String: String] = [
        "CLibcurl": "CurlTransport",
        "CLibuv": "UVLoop",
        "CSQLite": "Storage",
        "CZlib": "Audience",
    ]

    /// What each Swift target of `Sources` may import, beside ``standardLibrary``.
    static let allowed: [String: Set<String>] = [
        // The pure centre: no I/O, no clock, no Foundation.
        "Structures": [],
        "Pacing": ["Structures"],
        "JSON": [],
        "Jinja": [],
        "Filters": ["JSON", "Structures"],
        "Engine": ["Structures", "Pacing", "Jinja"],
        "EngineTesting": ["Engine", "Structures", "Pacing", "Jinja"],
        "StoreTesting": ["Engine", "Jinja", "Runtime"],
        "Providers": ["Engine"],

        // The rim: each imports one C library or one kind of input.
        "Audience": [
            "Engine", "JSON", "Jinja", "Providers", "Structures", "CZlib", "Dispatch",
            "Foundation", "Glibc",
        ],
        "UVLoop": ["CLibuv", "Structures", "Dispatch"],
        "CurlTransport": [
            "CLibcurl", "UVLoop", "Engine", "Structures", "Dispatch", "Foundation", "Glibc",
        ],
        "Storage": ["CSQLite", "Engine", "Structures", "Dispatch", "Foundation", "Glibc"],
        "Runtime": [
            "Engine", "Providers", "UVLoop", "Structures", "Pacing", "Jinja", "Dispatch",
            "Foundation", "Glibc",
        ],
        "StandInReceiver": ["UVLoop", "Structures", "Dispatch", "Foundation", "Glibc"],
        "SendPlans": [
            "Engine", "Pacing", "JSON", "Jinja", "Providers", "Audience", "CurlTransport",
            "Storage", "Runtime", "Dispatch", "Foundation", "Glibc",
        ],

        // The control plane.
        "CampaignLife": [],
        "ControlDirectory": [
            "Structures", "JSON", "Engine", "Providers", "Audience", "Storage", "Filters", "GRDB",
            "Crypto", "Logging", "Dispatch", "Foundation", "Glibc",
        ],
        "ControlMessages": [
            "ControlDirectory", "Structures", "JSON", "Jinja", "Engine", "Providers", "Storage",
            "SendPlans", "Filters", "GRDB", "Logging", "Foundation",
        ],
        "ControlEvents": [
            "ControlDirectory", "Structures", "JSON", "Engine", "UVLoop", "CurlTransport",
            "Runtime", "SendPlans", "GRDB", "Crypto", "Logging", "Foundation",
        ],
        "Control": [
            "CampaignLife", "ControlDirectory", "ControlMessages", "ControlEvents", "Structures",
            "Pacing", "JSON", "Jinja", "Engine", "Providers", "Audience", "UVLoop", "CurlTransport",
            "Storage", "Runtime", "SendPlans", "Filters", "GRDB", "Crypto", "Logging", "Foundation",
        ],
        "ControlOperations": [
            "Audience", "Control", "ControlDirectory", "ControlEvents", "ControlMessages", "JSON",
            "Foundation",
        ],
        "ControlTesting": [
            "CampaignLife", "Control", "ControlDirectory", "ControlOperations", "ControlREST",
            "JSON", "Structures", "GRDB", "Logging", "Foundation", "Glibc",
        ],
        "ControlREST": [
            "CampaignLife", "Control", "ControlDirectory", "ControlOperations", "JSON",
            "PrometheusMetrics", "Structures", "Hummingbird", "HTTPTypes", "NIOCore", "NIOHTTP1",
            "Logging", "Metrics", "CoreMetrics", "ServiceLifecycle", "Foundation",
        ],

        "PrometheusMetrics": ["Structures", "CoreMetrics", "Glibc"],

        // The composition root.
        "fanfare": [
            "Structures", "Pacing", "JSON", "Jinja", "Engine", "Providers", "Audience", "UVLoop",
            "CurlTransport", "Storage", "Runtime", "StandInReceiver", "SendPlans", "Control",
            "ControlDirectory", "ControlREST", "PrometheusMetrics", "ArgumentParser",
            "Configuration", "Histogram",
            "Logging", "Metrics", "NIOCore", "NIOPosix", "ServiceLifecycle", "TOMLKit",
            "UnixSignals", "Yams",
            "Dispatch", "Foundation", "FoundationNetworking", "Glibc",
        ],
    ]

    /// Modules that every target may import.
    static let standardLibrary: Set<String> = ["Swift", "Synchronization"]

    /// The imports of `file`, a file of `Sources`, that the table does not allow.
    static func violations(in file: SourceFile) -> [Violation] {
        guard let target = file.sourceTarget else { return [] }
        let permitted = (allowed[target] ?? []).union(standardLibrary)
        return file.imports.compactMap { line, declaration in
            if declaration.isTestable {
                return Violation(path: file.path, line: line, message: "@testable in Sources")
            }
            guard !permitted.contains(declaration.module) else { return nil }
            let message = "\(target) may not import \(declaration.module)"
            return Violation(path: file.path, line: line, message: message)
        }
    }

    /// The imports of C modules in `file` by a module that does not own them.
    static func strangers(in file: SourceFile) -> [Violation] {
        file.imports.compactMap { line, declaration in
            guard let owner = owners[declaration.module], file.sourceTarget != owner else {
                return nil
            }
            let message = "only \(owner) may import \(declaration.module)"
            return Violation(path: file.path, line: line, message: message)
        }
    }
}
