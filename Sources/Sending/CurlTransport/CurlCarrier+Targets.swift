import CLibcurl
package import Engine

extension CurlCarrier {
    /// Prepares what all requests to a target share; opens the lanes of its network policy.
    ///
    /// - Parameter target: Copied; its text is not needed afterwards.
    /// - Returns: The target's name, which `release` makes free for another one.
    /// - Throws: `TransportError` naming the field at fault, or `transport` when there are too many
    ///   targets or libcurl refuses.
    package func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID {
        precondition(!isClosed, "A closed transport was asked to prepare a target.")
        let prepared = try Target(target)
        do {
            try openLanes(allowsPrivateNetworks: target.allowsPrivateNetworks)
        } catch {
            prepared.destroy()
            throw error
        }
        if let index = vacantTargets.popLast() {
            unsafe (targets + Int(index)).initialize(to: prepared)
            return TargetID(index)
        }
        guard targetCount < options.targetsMax else {
            prepared.destroy()
            throw TransportError(
                field: "transport", message: "more than \(options.targetsMax) targets")
        }
        unsafe (targets + targetCount).initialize(to: prepared)
        targetCount += 1
        return TargetID(UInt16(targetCount - 1))
    }

    /// Forgets a target, at once or when its last flight has ended.
    ///
    /// Its connections stay in the pool.
    ///
    /// - Parameter target: A prepared target that has not been released; nothing more is started
    ///   for it.
    package func release(_ target: TargetID) {
        let index = Int(target.rawValue)
        precondition(
            unsafe index < targetCount && !targets[index].isReleased,
            "A target was released that is not prepared.")
        unsafe targets[index].isReleased = true
        if unsafe targets[index].flightCount == 0 { forget(index) }
    }

    /// Makes a released target's handles bare and its place free.
    func forget(_ index: Int) {
        var slot = unsafe targets[index].freeSlots
        while slot >= 0 {
            let next = unsafe slots[Int(slot)].next
            unsafe slots[Int(slot)].next = bareSlots
            bareSlots = slot
            slot = next
        }
        unsafe targets[index].freeSlots = -1
        unsafe targets[index].destroy()
        vacantTargets.append(UInt16(index))
    }

    /// Takes a free handle that is set up for a target, or sets one up.
    @inline(__always)
    func takeSlot(for index: Int) -> UnsafeMutablePointer<EasySlot> {
        let free = unsafe targets[index].freeSlots
        if free >= 0 {
            let slot = unsafe slots + Int(free)
            unsafe targets[index].freeSlots = slot.pointee.next
            return unsafe slot
        }
        return unsafe setUpSlot(for: index)
    }

    /// The slow way to a handle: a bare one, a new one, or one that another target does not use
    /// now.
    @inline(never)
    private func setUpSlot(for index: Int) -> UnsafeMutablePointer<EasySlot> {
        let slot: UnsafeMutablePointer<EasySlot>
        if bareSlots >= 0 {
            unsafe slot = slots + Int(bareSlots)
            bareSlots = unsafe slot.pointee.next
        } else if slotCount < options.flightsMax {
            guard let easy = unsafe curl_easy_init() else {
                preconditionFailure("libcurl has no memory for a handle.")
            }
            unsafe slot = slots + Int(slotCount)
            unsafe slot.initialize(to: EasySlot(easy: easy, core: core))
            slotCount += 1
        } else {
            unsafe slot = takeSlotFromOtherTarget()
        }
        unsafe EasySlot.configure(
            slot, for: targets + index, index: Int32(index), options: options, share: share)
        return unsafe slot
    }

    private func takeSlotFromOtherTarget() -> UnsafeMutablePointer<EasySlot> {
        for _ in 0..<targetCount {
            takeCursor = takeCursor + 1 < targetCount ? takeCursor + 1 : 0
            let free = unsafe targets[takeCursor].freeSlots
            guard free >= 0 else { continue }
            unsafe targets[takeCursor].freeSlots = slots[Int(free)].next
            return unsafe slots + Int(free)
        }
        preconditionFailure("More flights were started than the transport was set up for.")
    }

    /// Gives a slot back to its target after its completion was taken.
    @inline(__always)
    func recycle(_ slot: UnsafeMutablePointer<EasySlot>) {
        flightCount &-= 1
        let index = Int(unsafe slot.pointee.target)
        unsafe slot.pointee.isFlying = false
        unsafe slot.pointee.next = targets[index].freeSlots
        unsafe targets[index].freeSlots = Int32(slot - slots)
        unsafe targets[index].flightCount &-= 1
        if unsafe targets[index].isReleased && targets[index].flightCount == 0 { forget(index) }
    }

    func destroyTargets() {
        let vacant = Set(vacantTargets)
        for index in 0..<targetCount where !vacant.contains(UInt16(index)) {
            unsafe targets[index].destroy()
        }
        unsafe targets.deinitialize(count: targetCount)
    }

    private func openLanes(allowsPrivateNetworks: Bool) throws(TransportError) {
        if allowsPrivateNetworks ? openedPrivateLanes : openedPublicLanes { return }
        let first = allowsPrivateNetworks ? lanesPerPolicy : 0
        for index in first..<first + lanesPerPolicy {
            do {
                try unsafe Lane.open(
                    at: lanes + index, bit: 1 << UInt64(index),
                    connectionsMax: options.connectionsPerLaneMax, core: core)
            } catch {
                for opened in first..<index {
                    unsafe Lane.close(at: lanes + opened)
                    unsafe (lanes + opened).deinitialize(count: 1)
                }
                throw error
            }
        }
        if allowsPrivateNetworks { openedPrivateLanes = true } else { openedPublicLanes = true }
    }
}
