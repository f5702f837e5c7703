package import CurlTransport
import Runtime

// The transport has what a shard's loop needs; neither module knows of the other.
extension CurlCarrier: LoopTransport {}
