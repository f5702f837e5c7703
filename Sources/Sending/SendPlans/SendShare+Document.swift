package import Engine

extension CampaignDocument {
    /// The campaign's bounds divided over shards, to the last one; each shard has at least one.
    ///
    /// - Parameters:
    ///   - shards: How many shards run it.
    ///   - flightsPerShard: What a shard has for all of its campaigns.
    /// - Returns: What each shard may have on the wire.
    package func shares(over shards: Int, flightsPerShard: Int = .max) -> [SendShare] {
        (0..<shards).map { shard in
            func part(_ whole: Int) -> Int {
                let part = whole / shards + (shard < whole % shards ? 1 : 0)
                return max(1, min(part, flightsPerShard))
            }
            return SendShare(inFlightMax: part(maxInFlight), perHostMax: part(connections))
        }
    }
}
