extension Machine {
    /// Sorts in place, keeping the order of equals: a merge sort that reads `less` once per
    /// comparison and stops at its first failure.
    mutating func sort(
        _ list: ListObject,
        by less: (inout Machine, Value, Value) throws(Fault) -> Bool
    ) throws(Fault) {
        let count = list.count
        guard count > 1 else { return }
        try spend(count * (Int.bitWidth - count.leadingZeroBitCount))
        let run = 8
        var start = 0
        while start < count {
            try insertionSort(list, start, min(start + run, count), less)
            start += run
        }
        guard count > run else { return }
        let scratch = ListObject(&arena, capacity: count)
        scratch.count = count
        var width = run
        while width < count {
            var low = 0
            while low < count {
                let middle = min(low + width, count)
                let high = min(low + 2 * width, count)
                try merge(list, scratch, low, middle, high, less)
                low = high
            }
            for i in 0..<count { list[i] = scratch[i] }
            width *= 2
        }
    }

    @inline(__always)
    private mutating func insertionSort(
        _ list: ListObject, _ start: Int, _ end: Int,
        _ less: (inout Machine, Value, Value) throws(Fault) -> Bool
    ) throws(Fault) {
        var i = start + 1
        while i < end {
            let item = list[i]
            var k = i
            while k > start, try less(&self, item, list[k - 1]) {
                list[k] = list[k - 1]
                k -= 1
            }
            list[k] = item
            i += 1
        }
    }

    private mutating func merge(
        _ list: ListObject, _ scratch: ListObject, _ low: Int, _ middle: Int, _ high: Int,
        _ less: (inout Machine, Value, Value) throws(Fault) -> Bool
    ) throws(Fault) {
        var a = low
        var b = middle
        for i in low..<high {
            // The later item goes first only where it is really less.
            if a < middle, b >= high {
                scratch[i] = list[a]
                a += 1
            } else if a < middle, try !less(&self, list[b], list[a]) {
                scratch[i] = list[a]
                a += 1
            } else {
                scratch[i] = list[b]
                b += 1
            }
        }
    }
}
