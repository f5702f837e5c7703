import Foundation

/// Where the program under test is.
enum FanfareBinary {
    /// The product lies beside the test bundle; `FANFARE_BINARY` names another one.
    static let path: String = {
        let environment = ProcessInfo.processInfo.environment
        if let override = environment["FANFARE_BINARY"] { return override }
        let arguments = CommandLine.arguments
        let flag = arguments.firstIndex(of: "--test-bundle-path")
        let bundle = flag.flatMap { arguments.dropFirst($0 + 1).first } ?? arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent()
            .appendingPathComponent("fanfare").path
    }()
}
