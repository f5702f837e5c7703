package import ControlREST
import Foundation

extension RoutePaths {
    /// Finds the operation of a request as the router does: words of a path go before ids.
    ///
    /// - Parameters:
    ///   - method: Such as `POST`.
    ///   - path: With ids percent-encoded, and maybe a query.
    /// - Returns: The operation's name and the ids, decoded; nil when there is none.
    package static func find(
        _ method: String, _ path: String
    ) -> (operation: String, ids: [String: String])? {
        let steps = path.prefix { $0 != "?" }.split(separator: "/")
        var found: (operation: String, ids: [String: String])?
        for (operation, place) in all where place.method.rawValue == method {
            let names = place.path.split(separator: "/")
            guard names.count == steps.count,
                zip(names, steps).allSatisfy({ $0.hasPrefix("{") || $0 == $1 })
            else { continue }
            let ids = zip(names, steps).filter { $0.0.hasPrefix("{") }.map { name, step in
                (String(name.dropFirst().dropLast()), step.removingPercentEncoding ?? "")
            }
            if let found, found.ids.count <= ids.count { continue }
            found = (operation, Dictionary(ids) { first, _ in first })
        }
        return found
    }
}
