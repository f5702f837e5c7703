/// Lets one operation at a time have a key, in the order in which they came.
actor KeyedQueue {
    private var tails: [Int64: (number: UInt64, task: Task<Void, Never>)] = [:]
    private var number: UInt64 = 0

    /// Runs an operation after those of the same key that came before.
    func run<Value: Sendable>(
        _ key: Int64, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let before = tails[key]?.task
        let scope = IdempotencyScope.current
        let task = Task { () async throws -> Value in
            await before?.value
            return try await IdempotencyScope.$current.withValue(scope) { try await body() }
        }
        number += 1
        let mine = number
        tails[key] = (mine, Task { _ = try? await task.value })
        defer { if tails[key]?.number == mine { tails[key] = nil } }
        return try await task.value
    }
}
