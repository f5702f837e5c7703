/// Every bound of the metrics, with its reason.
package enum MetricsLimits {
    /// Series of one metric.
    ///
    /// A label whose values come from outside must not grow the memory of the process or of who
    /// scrapes it; what is beyond is not kept, and counted in `metrics_series_refused_total`.
    package static let seriesPerMetric = 1_000

    /// Metrics by name; a program names its metrics in its source, so that more is a mistake.
    package static let metrics = 1_000

    /// Characters of a label's value; a longer one is cut.
    package static let labelValueLength = 200
}
