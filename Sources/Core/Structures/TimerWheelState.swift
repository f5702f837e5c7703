// The memory of a `TimerWheel`; the design and the numbered invariants are at the head of its file.

/// One timer or one free node.
@usableFromInline
struct TimerNode: BitwiseCopyable {
    /// The number of no node: ends a list.
    @usableFromInline static var none: UInt32 { .max }

    @usableFromInline var deadline: UInt64 = 0
    @usableFromInline var payload: UInt64 = 0
    @usableFromInline var next: UInt32 = TimerNode.none
    @usableFromInline var previous: UInt32 = TimerNode.none
    @usableFromInline var generation: UInt32 = 0
    /// The list in which the node lies: a slot's number, `dueList`, or `batchList`.
    @usableFromInline var list: UInt32 = 0
}

/// The two ends of a list of nodes.
@usableFromInline
struct TimerList: BitwiseCopyable {
    @usableFromInline var first: UInt32 = TimerNode.none
    @usableFromInline var last: UInt32 = TimerNode.none
}

/// What a `TimerWheel` points to.
// SAFETY: every node number that it follows comes from its own lists, or was checked by `isSet`.
@safe
@usableFromInline
struct TimerWheelState: ~Copyable {
    static var levelBits: Int { 6 }
    static var slotsPerLevel: Int { 64 }
    /// Enough levels for all 64 bits of a deadline.
    static var levels: Int { 11 }
    /// The list of timers that were due on insertion, for the next `advance`.
    static var dueList: Int { levels * slotsPerLevel }
    /// The part of `dueList` that the `advance` under way has taken over.
    static var batchList: Int { dueList + 1 }

    let limit: Int
    var count = 0
    /// The time up to which slots have been emptied.
    var position: UInt64
    /// The latest `now` of any `advance`: what is due by then no longer goes into slots.
    var horizon: UInt64
    var nodes: UnsafeMutablePointer<TimerNode>
    var nodeCapacity: Int
    /// Nodes that have been used at least once; those from here to `nodeCapacity` are
    /// uninitialised.
    var nodesUsed = 0
    var firstFree = TimerNode.none
    /// The slots of level 0, of level 1 and so on, then `dueList` and `batchList`.
    let lists: UnsafeMutablePointer<TimerList>
    /// Per level, which slots hold timers.
    let occupied: UnsafeMutablePointer<UInt64>
    /// Which levels hold timers.
    var occupiedLevels: UInt64 = 0

    init(limit: Int, position: UInt64) {
        self.limit = limit
        self.position = position
        horizon = position
        nodeCapacity = min(limit, StructuresLimits.timersInitial)
        unsafe nodes = .allocate(capacity: nodeCapacity)
        unsafe lists = .allocate(capacity: Self.batchList + 1)
        unsafe lists.initialize(repeating: TimerList(), count: Self.batchList + 1)
        unsafe occupied = .allocate(capacity: Self.levels)
        unsafe occupied.initialize(repeating: 0, count: Self.levels)
    }

    func deallocate() {
        unsafe nodes.deallocate()
        unsafe lists.deallocate()
        unsafe occupied.deallocate()
    }
}

// MARK: - Slots

extension TimerWheelState {
    /// Appends a node to the list that its deadline asks for.
    mutating func place(_ node: UInt32) {
        let deadline = unsafe nodes[Int(node)].deadline
        guard deadline > horizon else {
            append(node, to: Self.dueList)
            return
        }
        placeInSlot(node, deadline: deadline)
    }

    /// Appends a node to the slot of a deadline that is not before the position.
    private mutating func placeInSlot(_ node: UInt32, deadline: UInt64) {
        // `| 1` sends a deadline equal to the position to level 0, where it is found at once.
        let difference = (deadline ^ position) | 1
        let level = (63 - difference.leadingZeroBitCount) / Self.levelBits
        let slot = Int(truncatingIfNeeded: deadline >> UInt64(level * Self.levelBits)) & 63
        // Not a compound assignment: Swift 6.3 crashes on that here when it builds for
        // ThreadSanitizer.
        unsafe occupied[level] = occupied[level] | 1 << UInt64(slot)
        occupiedLevels |= 1 << UInt64(level)
        append(node, to: level * Self.slotsPerLevel + slot)
    }

    /// The next slot with timers and the first time that belongs to it.
    func nextSlot() -> (level: Int, slot: Int, start: UInt64)? {
        guard occupiedLevels != 0 else { return nil }
        let level = occupiedLevels.trailingZeroBitCount
        // Slots behind the position are empty, so the lowest occupied one is the next (invariant
        // 2).
        let slot = unsafe occupied[level].trailingZeroBitCount
        let shift = UInt64(level * Self.levelBits)
        // A shift by 64 or more gives 0 in Swift: the top level has no digits above its own.
        let above = (position >> (shift + 6)) << (shift + 6)
        return (level, slot, above | UInt64(slot) << shift)
    }
}

// MARK: - Advancing

extension TimerWheelState {
    /// Whether timers are known to be due, in the lists for that.
    var hasDue: Bool {
        unsafe lists[Self.dueList].first != TimerNode.none
            || lists[Self.batchList].first != TimerNode.none
    }

    /// Moves the horizon and takes over what was due on insertion.
    mutating func beginAdvance(to now: UInt64) {
        horizon = max(horizon, now)
        while case let node = unsafe lists[Self.dueList].first, node != TimerNode.none {
            unlink(node)
            append(node, to: Self.batchList)
        }
    }

    /// Unsets the next timer that is due by the horizon and returns its payload.
    mutating func popDue() -> UInt64? {
        while true {
            if case let node = unsafe lists[Self.batchList].first, node != TimerNode.none {
                return pop(node)
            }
            guard let (level, slot, start) = nextSlot(), start <= horizon else {
                position = horizon
                return nil
            }
            position = max(position, start)
            let list = level * Self.slotsPerLevel + slot
            if level == 0 { return unsafe pop(lists[list].first) }
            // Reached a slot of a higher level: its timers belong to lower levels now.
            while case let node = unsafe lists[list].first, node != TimerNode.none {
                unlink(node)
                unsafe placeInSlot(node, deadline: nodes[Int(node)].deadline)
            }
        }
    }

    private mutating func pop(_ node: UInt32) -> UInt64 {
        let payload = unsafe nodes[Int(node)].payload
        unlink(node)
        releaseNode(node)
        return payload
    }
}

// MARK: - Lists and nodes

extension TimerWheelState {
    private mutating func append(_ node: UInt32, to list: Int) {
        let last = unsafe lists[list].last
        unsafe nodes[Int(node)].list = UInt32(truncatingIfNeeded: list)
        unsafe nodes[Int(node)].previous = last
        unsafe nodes[Int(node)].next = TimerNode.none
        if last == TimerNode.none {
            unsafe lists[list].first = node
        } else {
            unsafe nodes[Int(last)].next = node
        }
        unsafe lists[list].last = node
    }

    /// Removes a node from its list and clears the bits of a slot that becomes empty.
    mutating func unlink(_ node: UInt32) {
        let (list, previous, next) = unsafe (
            Int(nodes[Int(node)].list), nodes[Int(node)].previous, nodes[Int(node)].next
        )
        if previous == TimerNode.none {
            unsafe lists[list].first = next
        } else {
            unsafe nodes[Int(previous)].next = next
        }
        if next == TimerNode.none {
            unsafe lists[list].last = previous
        } else {
            unsafe nodes[Int(next)].previous = previous
        }
        guard list < Self.dueList, unsafe lists[list].first == TimerNode.none else { return }
        let level = list / Self.slotsPerLevel
        unsafe occupied[level] = occupied[level] & ~(1 << UInt64(list % Self.slotsPerLevel))
        if unsafe occupied[level] == 0 { occupiedLevels &= ~(1 << UInt64(level)) }
    }

    func isSet(_ timer: TimerID) -> Bool {
        unsafe Int(timer.node) < nodesUsed && timer.generation & 1 == 1
            && nodes[Int(timer.node)].generation == timer.generation
    }

    /// Takes a node for a new timer, or returns nil at the limit.
    mutating func takeNode() -> UInt32? {
        let node: UInt32
        if firstFree != TimerNode.none {
            node = firstFree
            firstFree = unsafe nodes[Int(node)].next
        } else {
            guard nodesUsed < limit else { return nil }
            if nodesUsed == nodeCapacity { growNodes() }
            node = UInt32(nodesUsed)
            unsafe (nodes + nodesUsed).initialize(to: TimerNode())
            nodesUsed += 1
        }
        unsafe nodes[Int(node)].generation &+= 1
        count += 1
        return node
    }

    mutating func releaseNode(_ node: UInt32) {
        unsafe nodes[Int(node)].generation &+= 1
        unsafe nodes[Int(node)].next = firstFree
        firstFree = node
        count -= 1
    }

    private mutating func growNodes() {
        let larger = min(limit, nodeCapacity * 2)
        let block = UnsafeMutablePointer<TimerNode>.allocate(capacity: larger)
        unsafe block.moveInitialize(from: nodes, count: nodesUsed)
        unsafe nodes.deallocate()
        unsafe nodes = block
        nodeCapacity = larger
    }
}

// MARK: - Invariants

extension TimerWheelState {
    func checkInvariants() {
        var listed = 0
        for list in 0...Self.batchList {
            var node = unsafe lists[list].first
            var previous = TimerNode.none
            while node != TimerNode.none {
                let timer = unsafe nodes[Int(node)]
                listed += 1
                precondition(listed <= count, "Invariant 1 of TimerWheel: lists have no cycle")
                precondition(Int(timer.list) == list, "Invariant 1 of TimerWheel: list of a node")
                precondition(timer.previous == previous, "Invariant 1 of TimerWheel: back link")
                precondition(timer.generation & 1 == 1, "Invariant 4 of TimerWheel")
                checkPlace(of: timer, list: list)
                previous = node
                node = timer.next
            }
            unsafe precondition(lists[list].last == previous, "Invariant 1 of TimerWheel: list end")
        }
        precondition(listed == count, "Invariant 1 of TimerWheel: every set timer is in a list")
        var free = 0
        var node = firstFree
        while node != TimerNode.none {
            free += 1
            precondition(free <= nodesUsed, "Invariant 1 of TimerWheel: free list has no cycle")
            unsafe precondition(nodes[Int(node)].generation & 1 == 0, "Invariant 4 of TimerWheel")
            node = unsafe nodes[Int(node)].next
        }
        precondition(free + count == nodesUsed, "Invariant 1 of TimerWheel: no node is lost")
        for level in 0..<Self.levels {
            for slot in 0..<Self.slotsPerLevel {
                let marked = unsafe occupied[level] >> UInt64(slot) & 1 == 1
                let list = unsafe lists[level * Self.slotsPerLevel + slot]
                precondition(marked == (list.first != TimerNode.none), "Invariant 3 of TimerWheel")
            }
            let marked = occupiedLevels >> UInt64(level) & 1 == 1
            unsafe precondition(marked == (occupied[level] != 0), "Invariant 3 of TimerWheel")
        }
    }

    private func checkPlace(of timer: TimerNode, list: Int) {
        if list >= Self.dueList {
            precondition(timer.deadline <= horizon, "Invariant 1 of TimerWheel: a due timer is due")
            return
        }
        precondition(timer.deadline >= position, "Invariant 2 of TimerWheel: no slot is behind")
        let level = (63 - ((timer.deadline ^ position) | 1).leadingZeroBitCount) / Self.levelBits
        let slot = Int(truncatingIfNeeded: timer.deadline >> UInt64(level * Self.levelBits)) & 63
        precondition(list == level * Self.slotsPerLevel + slot, "Invariant 2 of TimerWheel: slot")
    }
}
