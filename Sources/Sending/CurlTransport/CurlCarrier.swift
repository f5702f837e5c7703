import CLibcurl
package import Engine
package import UVLoop

// HTTP through libcurl's multi interface on a libuv loop.
//
//     driver's turn:  poll, timer callbacks ──▶ nextCompletion()… ──▶ start()… ──▶ kick()
//                     libcurl reads sockets     results               added        it begins
//
// 1. One thread, the loop's, makes every call; nothing here is locked. Everything that libcurl
//    keeps a pointer to lives at a fixed address from `init` to `deinit`: core, lanes, slots,
//    targets.
// 2. Nothing waits in libcurl: a started flight gets a lane and, there, a connection of its own at
//    once, pooled or new. How many at a time, in total and per host, is the dispatcher's decision.
// 3. `start` never fails. What goes wrong becomes the flight's completion.
// 4. A flight costs no allocation, no string and no closure on this side. What libcurl allocates
//    for each transfer it allocates.
// 5. Callbacks of libcurl only note things down (see `Lane`); handles are added and removed outside
//    of them.

/// Sends requests over HTTP/1.1, and HTTP/2 where allowed, with pooled connections.
///
/// The driver calls `kick()` after it has started flights, and runs its loop without waiting while
/// `hasActivity` is true. `close()` must be called before the transport is dropped.
// SAFETY: what it points to lives from `init` to `deinit` (1), which insists that libcurl has given
// everything back.
@safe
package final class CurlCarrier: Transport {
    let loop: EventLoop
    let options: CurlTransportOptions
    let core: UnsafeMutablePointer<TransportCore>
    let share: UnsafeMutableRawPointer

    // Lanes 0 ..< lanesPerPolicy dial public addresses only, the rest all; a half is opened when
    // the first target needs it.
    let lanes: UnsafeMutablePointer<Lane>
    let lanesPerPolicy: Int
    var openedPublicLanes = false
    var openedPrivateLanes = false

    // Slots 0 ..< slotCount are initialised.
    let slots: UnsafeMutablePointer<EasySlot>
    var slotCount: Int32 = 0
    /// Released handles that are set up for no target.
    var bareSlots: Int32 = -1

    // Targets 0 ..< targetCount are initialised, except those in `vacantTargets`.
    let targets: UnsafeMutablePointer<Target>
    var targetCount = 0
    var vacantTargets: [UInt16] = []
    /// Where the search for a handle to take from another target begins.
    var takeCursor = 0

    // Flights that ended by other means than libcurl's, in the order of their ends.
    var endedFirst: Int32 = -1
    var endedLast: Int32 = -1

    /// Where the URL of the request that is being started is put together.
    var urlText = TextMemory()

    /// Flights without a taken completion.
    internal(set) package var flightCount = 0
    internal(set) package var isClosed = false
    var timer: LoopTimer?
    /// The loop's time at which `timer` fires; `max` while it is not started.
    var timerMilliseconds = UInt64.max
    /// The loop's time at which the sockets were asked last.
    var askedMilliseconds: UInt64 = 0

    /// Sets a transport up; connections are opened by requests.
    ///
    /// - Parameters:
    ///   - loop: The loop that watches the sockets, owned by the calling thread.
    ///   - options: Sizes and limits.
    /// - Throws: `TransportError` for `transport` when libcurl cannot be used.
    package init(loop: EventLoop, options: CurlTransportOptions) throws(TransportError) {
        precondition(
            (1...CurlTransportLimits.flightsMax).contains(options.flightsMax),
            "flightsMax is out of range.")
        precondition(
            (1...Int(UInt16.max)).contains(options.targetsMax), "targetsMax is out of range.")
        try LibcurlRuntime.require()
        LibcurlMemory.keepOnThisThread()
        guard let share = unsafe curl_share_init() else {
            throw TransportError(field: "transport", message: "libcurl gives no share handle")
        }
        // Shared by the lanes of one thread, so no lock functions. Connections are not shared.
        unsafe clibcurl_share_add(share, CURL_LOCK_DATA_DNS)
        unsafe clibcurl_share_add(share, CURL_LOCK_DATA_SSL_SESSION)
        unsafe self.share = share
        self.loop = loop
        self.options = options
        unsafe core = UnsafeMutablePointer<TransportCore>.allocate(capacity: 1)
        unsafe core.initialize(to: TransportCore(loop: loop))
        lanesPerPolicy = options.lanesPerPolicy
        unsafe lanes = UnsafeMutablePointer<Lane>.allocate(capacity: 2 * lanesPerPolicy)
        unsafe slots = UnsafeMutablePointer<EasySlot>.allocate(capacity: options.flightsMax)
        unsafe targets = UnsafeMutablePointer<Target>.allocate(capacity: options.targetsMax)
        timer = LoopTimer(loop) { [weak self] _ in self?.timerFired() }
    }

    deinit {
        precondition(isClosed, "A transport was dropped without being closed.")
        destroyTargets()
        if openedPublicLanes { unsafe lanes.deinitialize(count: lanesPerPolicy) }
        if openedPrivateLanes {
            unsafe (lanes + lanesPerPolicy).deinitialize(count: lanesPerPolicy)
        }
        // Until here completions can be taken, with the answers that they point to.
        for index in 0..<Int(slotCount) { unsafe slots[index].answer.destroy() }
        unsafe slots.deinitialize(count: Int(slotCount))
        unsafe core.pointee.sockets.destroy()
        unsafe core.deinitialize(count: 1)
        unsafe core.deallocate()
        unsafe lanes.deallocate()
        unsafe slots.deallocate()
        unsafe targets.deallocate()
        urlText.destroy()
    }

    /// Whether something can be had without waiting for the loop: a completion, or work for
    /// `kick()`.
    package var hasActivity: Bool {
        unsafe endedFirst >= 0 || (core.pointee.readyLanes | core.pointee.dueLanes) != 0
    }

    /// Lets libcurl begin what was started, and whatever else is due.
    ///
    /// Called once per turn, after the flights of the turn were started. Flights may complete in
    /// it: see `hasActivity`.
    package func kick() {
        var due = unsafe core.pointee.dueLanes
        unsafe core.pointee.dueLanes = 0
        while due != 0 {
            let lane = due.trailingZeroBitCount
            due &= due &- 1
            unsafe Lane.act(lanes + lane, on: CURL_SOCKET_TIMEOUT, events: 0)
        }
        startTimer()
    }
}
