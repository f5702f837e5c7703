package import Control
package import ControlDirectory
import Foundation
import Logging

/// A data directory that lives as long as a test.
package enum TestFolder {
    /// Runs a test with a folder of its own, which is removed afterwards.
    ///
    /// - Throws: What the test threw, or what kept the folder from being made.
    package static func with(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-control-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// Makes a control plane over a folder, ready to be called and not yet running.
    ///
    /// - Returns: It, and the admin key of the first app where that was made now.
    /// - Throws: What kept it from being made.
    package static func control(
        in folder: String, _ change: (inout ControlOptions) -> Void
    ) async throws -> (control: ControlPlane, adminKey: String?) {
        var options = ControlOptions(dataDirectory: folder, shards: 2, inFlightMax: 64)
        options.allowsPrivateNetworks = true
        change(&options)
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let control = try ControlPlane(options, logger: logger)
        try await control.prepare()
        return (control, try await control.makeFirstApp())
    }
}
