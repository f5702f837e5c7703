import ControlDirectory
import Testing

@Suite struct ErrorCodeTests {
    /// Which status of HTTP goes with which one of gRPC, as Google's API guide pairs them
    /// (`google.rpc.Code`), and where HTTP says more than gRPC can.
    static let pairs: [GRPCStatus: Set<Int>] = [
        .invalidArgument: [400, 406, 415, 422], .unauthenticated: [401], .permissionDenied: [403],
        .notFound: [404], .unimplemented: [405], .alreadyExists: [409], .aborted: [409],
        .failedPrecondition: [409, 422], .resourceExhausted: [402, 409, 413, 507],
        .internalError: [500], .unavailable: [503],
    ]

    @Test(arguments: ErrorCode.allCases)
    func bothStatusesOfACodeSayTheSame(code: ErrorCode) {
        #expect(Self.pairs[code.grpcStatus]?.contains(code.status) == true)
    }

    @Test func aServerMayBeAskedAgainOnlyWhereBothStatusesSaySo() {
        // Clients repeat a 503 and an `unavailable` by themselves.
        let repeated = ErrorCode.allCases.filter { $0.status == 503 }
        #expect(repeated == ErrorCode.allCases.filter { $0.grpcStatus == .unavailable })
    }

    @Test func theNamesAreThoseOfConnect() {
        #expect(GRPCStatus.internalError.name == "internal")
        #expect(GRPCStatus.failedPrecondition.name == "failed_precondition")
    }
}
