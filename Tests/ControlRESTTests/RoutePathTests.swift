import ControlOperations
import Foundation
import Testing

@testable import ControlREST

@Suite struct RoutePathTests {
    @Test func everyPlaceIsOneOperationsAndNamesItsIds() {
        let routes = RouteTable.routes.filter { RoutePaths.all[$0.operation.name] != nil }
        #expect(Set(routes.map(\.operation.name)) == Set(RoutePaths.all.keys))
        #expect(Set(routes.map { "\($0.method) \($0.path)" }).count == routes.count)
        for route in routes {
            let names = route.path.split(separator: "/").filter { $0.hasPrefix("{") }
            #expect(
                names.map { String($0.dropFirst().dropLast()) } == route.operation.ids,
                "\(route.path)")
        }
    }

    /// What a method promises of HTTP (RFC 9110, 9.2) is what the operation promises.
    @Test func methodsFitWhatCallsChange() {
        for route in RouteTable.routes {
            let name = route.operation.name
            switch route.operation.effect {
            case .reads: #expect(route.method == .get || route.method == .post, "\(name)")
            case .acts: #expect(route.method == .post, "\(name)")
            case .settles:
                // Links are followed by GET, which is all that a browser has for them.
                let isLink = route.method == .get && name == "follow_engagement_link"
                #expect(isLink || [.put, .patch, .delete].contains(route.method), "\(name)")
            }
        }
    }
}
