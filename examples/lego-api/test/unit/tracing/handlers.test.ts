import { readdirSync } from "node:fs";
import path from "node:path";
import { SpanKind } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { replaceTracing } from "../../../src/tracing/provider.ts";
import { event } from "../support.ts";
import { record, stdout } from "./recorded.ts";

const folder = path.resolve(import.meta.dirname, "../../../src/handlers");
const names = readdirSync(folder).map((file) => path.parse(file).name);

afterEach(() => {
  replaceTracing();
});

// Shows: 5.3.2
describe("every function", () => {
  it.each(names)("%s makes a trace, under its own name", async (name) => {
    vi.stubEnv("IMAGES_BUCKET", "images");
    stdout();
    const { handler } = (await import(path.join(folder, `${name}.ts`))) as { handler: (e: unknown) => Promise<unknown> };
    const recorded = record();
    // What it answers to an empty request does not matter here: it must not escape.
    await handler({ ...event(), Records: [] }).catch(() => undefined);
    const span = recorded.span(name);
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.attributes).toMatchObject({ operation: name, userId: "anonymous", status: expect.any(Number) as number });
  });
});
