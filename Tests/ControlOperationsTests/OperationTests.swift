import ControlDirectory
import ControlOperations
import ControlTesting
import JSON
import Structures
import Testing

@Suite struct OperationTests {
    private func operation(
        _ effect: Operation.Effect, permission: Permission? = .admin,
        input: Operation.Input = .none, ids: [String] = []
    ) -> Operation {
        Operation(
            effect, "name", ids: ids, "Does it", area: "area", permission: permission,
            input: input, successes: [.done]
        ) { _ in .done }
    }

    @Test func aKeyMakesARepetitionKnownWhereThereIsACallerAndAWholeInput() {
        #expect(operation(.acts).takesIdempotencyKey)
        #expect(operation(.acts, input: .json(.jsonObject)).takesIdempotencyKey)
        #expect(!operation(.acts, permission: nil).takesIdempotencyKey)
        #expect(!operation(.acts, input: .stream(mediaTypes: ["text/csv"])).takesIdempotencyKey)
        #expect(!operation(.reads).takesIdempotencyKey)
        #expect(!operation(.settles).takesIdempotencyKey)
    }

    @Test func anOperationDeclaresWhatItsFormMayFailWith() {
        let reading = Set(operation(.reads, permission: nil).errors)
        #expect(reading == [.internalError, .invalidParameter, .shuttingDown])
        let acting = Set(operation(.acts, input: .json(.jsonObject), ids: ["id"]).errors)
        #expect(
            acting.subtracting(reading) == [
                .unauthenticated, .keyExpired, .forbidden, .notFound, .invalidJSON,
                .validationFailed, .payloadTooLarge, .unsupportedMediaType,
                .idempotencyInProgress, .idempotencyKeyReused, .storageFull,
            ])
        let upload = Set(operation(.acts, input: .stream(mediaTypes: ["text/csv"])).errors)
        #expect(upload.isSuperset(of: [.unsupportedMediaType, .payloadTooLarge, .storageFull]))
        #expect(!upload.contains(.invalidJSON))
    }

    @Test(arguments: [true, false])
    func aBodyOfTooManyBytesIsRefusedByItsLengthOrByCounting(isDeclared: Bool) async throws {
        try await TestAPI.with { api in
            let operations = Operations(api.control)
            let creation = try #require(operations.all.first { $0.name == "create_user" })
            let piece = [UInt8](repeating: 0x20, count: 1 << 20)
            let pieces = InputLimits.bodyBytes / piece.count + 1
            let read = Guarded(0)
            var request = OperationRequest()
            request.credential = api.adminKey
            request.body = OperationBody(
                mediaType: "application/json", length: isDeclared ? pieces << 20 : nil
            ) { push in
                for _ in 0..<pieces * 2 {
                    read.withLock { $0 += 1 }
                    guard await push(piece) else { break }
                }
            }
            await #expect {
                _ = try await operations.perform(creation, request)
            } throws: { ($0 as? Problem)?.code == .payloadTooLarge }
            // No more is taken than it takes to know.
            #expect(read.withLock { $0 } == (isDeclared ? 0 : pieces))
        }
    }
}
