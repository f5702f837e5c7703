import Engine

/// A provider that breaks the rules.
struct HastyProvider: Provider {
    var requirements: ProviderRequirements {
        ProviderRequirements(keyFieldName: "key", fieldNames: ["KEY"])
    }

    func verdict(for completion: TransferCompletion, guarantee: DeliveryGuarantee) -> Verdict {
        Verdict(.retry, reason: .timedOut, code: 0)
    }
}
