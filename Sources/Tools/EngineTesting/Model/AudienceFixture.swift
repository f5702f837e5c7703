package import Engine
import Jinja

/// The bytes of a page of made-up recipients, for as long as the fixture lives.
// SAFETY: it owns the page's bytes for its whole life.
@safe
package final class AudienceFixture {
    /// The page, which borrows from the fixture and must not outlive it.
    package let audience: AudiencePage
    private let blob: UnsafeMutableRawBufferPointer

    /// Builds a page.
    ///
    /// - Parameter recipients: A user id that is not empty, and the value of the column `host`.
    package init(recipients: [(id: String, host: String)]) {
        var builder = AudiencePageBuilder()
        for recipient in recipients {
            var id = recipient.id
            var host = recipient.host
            let added = id.withUTF8 { id in
                host.withUTF8 { host in
                    let slots = unsafe [
                        SlotValue(string: UnsafeRawBufferPointer(id)),
                        SlotValue(string: UnsafeRawBufferPointer(host)),
                    ]
                    return unsafe slots.withUnsafeBufferPointer { slots -> Bool in
                        guard let base = slots.baseAddress,
                            case .added = unsafe builder.append(base, count: slots.count)
                        else { return false }
                        return true
                    }
                }
            }
            precondition(added, "a made-up recipient does not fit its page")
        }
        unsafe blob = unsafe builder.finish(columnCount: SimulatedTemplates.columns.count) {
            bytes in
            let copy = UnsafeMutableRawBufferPointer.allocate(
                byteCount: bytes.count, alignment: 16)
            unsafe copy.copyMemory(from: bytes)
            return unsafe copy
        }
        do {
            audience = unsafe try AudiencePage(checking: UnsafeRawBufferPointer(blob))
        } catch {
            preconditionFailure("a page that was just built is damaged: \(error)")
        }
    }

    deinit { unsafe blob.deallocate() }
}
