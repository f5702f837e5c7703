package import Hummingbird

/// What Hummingbird keeps of a request.
package struct ServiceContext: RequestContext {
    package var coreContext: CoreRequestContextStorage

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
