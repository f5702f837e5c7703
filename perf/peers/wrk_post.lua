-- Posts one fixed body, and prints the summary as a line of JSON after wrk's own report.

local body = assert(io.open(os.getenv("PERF_BODY"), "rb"))
wrk.method = "POST"
wrk.body = body:read("*a")
wrk.headers["content-type"] = "application/json"
wrk.headers["webhook-id"] = os.getenv("PERF_KEY")
body:close()

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"p50":%.1f,"p99":%.1f,"errors":%d}\n',
        summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
