extension SinkStatistics {
    /// The statistics as one JSON object, as `GET /_sink/stats` gives them.
    package var json: String {
        var members: [(name: String, value: String)] = []
        func add(_ name: String, _ value: some BinaryInteger) { members.append((name, "\(value)")) }
        func add(_ name: String, _ value: UInt64?) {
            members.append((name, value.map { "\($0)" } ?? "null"))
        }
        add("requests", requests)
        add("requests_without_key", requestsWithoutKey)
        add("distinct_keys", distinctKeys)
        add("duplicates", duplicates)
        add("accepted", accepted)
        add("accepted_duplicates", acceptedDuplicates)
        add("accepted_repeats", acceptedRepeats)
        add("untracked_keys", untrackedKeys)
        let answers = statuses.sorted { $0.key < $1.key }.map { "\"\($0.key.code)\":\($0.value)" }
        members.append(("statuses", "{\(answers.joined(separator: ","))}"))
        add("answers_dropped", answersDropped)
        add("resets", resets)
        add("stalls", stalls)
        add("refused_inputs", refusedInputs)
        add("control_requests", controlRequests)
        add("bytes_in", bytesIn)
        add("bytes_out", bytesOut)
        add("connections_opened", connectionsOpened)
        add("connections_now", connectionsNow)
        add("connections_peak", connectionsPeak)
        add("connections_refused", connectionsRefused)
        add("uptime_ms", uptimeMilliseconds)
        add("first_request_ms", firstRequestMilliseconds)
        add("last_request_ms", lastRequestMilliseconds)
        add("window_ms", SinkLimits.windowMilliseconds)
        members.append(("windows_truncated", "\(windowsAreTruncated)"))
        members.append(("windows", "[\(windows.map { "\($0)" }.joined(separator: ","))]"))
        // No name and no value here needs escaping.
        return "{" + members.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}\n"
    }
}
