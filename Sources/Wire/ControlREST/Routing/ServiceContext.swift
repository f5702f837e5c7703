package import Hummingbird

/// What Hummingbird keeps of a request.
package struct ServiceContext: RequestContext {
    /// Hummingbird's own part, which every context must have.
    package var coreContext: CoreRequestContextStorage

    /// Made by Hummingbird for each request.
    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
