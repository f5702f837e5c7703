import Foundation

/// Runs each body on a thread of its own and returns when all have ended.
///
/// Threads and not tasks: the bodies wait for each other by spinning.
func runOnThreads(_ bodies: [@Sendable () -> Void]) {
    let group = DispatchGroup()
    for body in bodies {
        group.enter()
        Thread.detachNewThread {
            body()
            group.leave()
        }
    }
    group.wait()
}

/// Lets another thread run, inside a loop that waits for it.
func letOthersRun() {
    sched_yield()
}
