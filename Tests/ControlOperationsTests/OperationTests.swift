import ControlDirectory
import ControlOperations
import JSON
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
}
