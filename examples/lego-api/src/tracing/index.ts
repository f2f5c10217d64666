export { call, type Call, type Note, type System } from "./call.ts";
export { formatTraceHeader, newTraceId, type Origin, parseTraceHeader } from "./header.ts";
export { type Kpi } from "./kpi.ts";
export { flushTracing } from "./provider.ts";
export { failed, kpi, traced } from "./traced.ts";
