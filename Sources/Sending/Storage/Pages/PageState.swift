/// Where a page stands in the store.
///
/// ```
///          claimNextPage              commit, no due time
///  fresh ───────────────▶ claimed ─────────────────────────▶ done
///    ▲                     │  ▲ │ commit, due time             │
///    └──────unclaim────────┘  │ ▼                              │
///         (was fresh)       parked ◀──────resetForRetry────────┘
/// ```
///
/// `unclaim` gives a page back as what it was before; `restore` is a commit by recovery. Raw values
/// are stored; never reuse one.
package enum PageState: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Nobody has claimed it yet. It has records only if the import marked duplicates in it.
    case fresh = 0
    /// A shard of the running process works on it; after a crash, recovery decides.
    case claimed = 1
    /// It has deliveries to be tried at its due time.
    case parked = 2
    /// Every delivery of it has ended.
    case done = 3
}
