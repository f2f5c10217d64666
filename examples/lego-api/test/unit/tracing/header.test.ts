import { describe, expect, it } from "vitest";
import { formatTraceHeader, newTraceId, parseTraceHeader } from "../../../src/tracing/header.ts";

const ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793";
const traceId = "5759e988bd862e3fe1be46a994272793";

describe("parseTraceHeader", () => {
  it.each([
    [`${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`, { traceId, parentId: "53995c3f42cd8ad8", sampled: true }],
    [`${ROOT};Parent=53995c3f42cd8ad8;Sampled=0`, { traceId, parentId: "53995c3f42cd8ad8", sampled: false }],
    [`${ROOT};Sampled=1`, { traceId, sampled: true }],
    [`${ROOT};Sampled=?`, { traceId }],
    [ROOT, { traceId }],
    [`Self=1-1-1;sampled=1 ; ${ROOT.toUpperCase()} ;Lineage=a:1|b:2`, { traceId, sampled: true }],
    [`${ROOT};Parent=0000000000000000`, { traceId }],
    [`${ROOT};Parent=xyz`, { traceId }],
    ["Root=1-00000000-000000000000000000000000", undefined],
    ["Root=2-5759e988-bd862e3fe1be46a994272793", undefined],
    ["Root=1-5759e988-bd862e3fe1be46a99427279", undefined],
    [`Root=${traceId}`, undefined],
    ["Sampled=1", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s", (text, origin) => {
    expect(parseTraceHeader(text)).toEqual(origin);
  });
});

describe("formatTraceHeader", () => {
  it.each([
    { traceId },
    { traceId, sampled: true },
    { traceId, parentId: "53995c3f42cd8ad8", sampled: false },
    { traceId, parentId: "53995c3f42cd8ad8" },
  ])("is read back as it was: %o", (origin) => {
    expect(parseTraceHeader(formatTraceHeader(origin))).toEqual(origin);
  });
});

describe("newTraceId", () => {
  it("begins with the second, as X-Ray wants it", () => {
    expect(newTraceId((digits) => "a".repeat(digits), 0x5759e988 * 1000 + 999)).toBe(`5759e988${"a".repeat(24)}`);
  });
});
