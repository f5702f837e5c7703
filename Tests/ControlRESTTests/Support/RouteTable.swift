import Control
import ControlDirectory
import ControlOperations
import ControlTesting
import Foundation
import JSON
import Logging
import Testing

@testable import ControlREST

/// The routes of the API, for whoever walks over them.
enum RouteTable {
    /// Records an issue for an answer that its operation does not declare.
    static func check(_ reply: Reply, _ method: String, _ path: String) {
        guard let route = route(method, path) else { return }
        let mistakes = AnswerCheck.mistakes(of: reply, to: route.operation)
        #expect(mistakes.isEmpty, "\(path)")
        if reply.status >= 400 {
            #expect(reply.headers["content-type"] == "application/problem+json", "\(path)")
        }
    }

    /// The route of a request; nil for those about the server itself.
    static func route(_ method: String, _ path: String) -> Route? {
        let found = RoutePaths.find(method, path)
        return routes.first { $0.operation.name == found?.operation }
    }

    /// All routes.
    static let routes: [Route] = {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-routes-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let options = ControlOptions(dataDirectory: directory, shards: 1, inFlightMax: 1)
        guard let control = try? ControlPlane(options, logger: .init(label: "routes")) else {
            return []
        }
        var service = ServiceOptions()
        service.metrics = { "" }
        return ControlService.routes(control, Operations(control), service)
    }()
}
