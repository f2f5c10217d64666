import { describe, expect, it, vi } from "vitest";
import { health } from "../../../src/handlers/health.ts";
import type { Probe } from "../../../src/ports.ts";
import { bodyOf, event, testDeps } from "../support.ts";

describe("health with stores", () => {
  const probe = (name: Probe["name"], ping: Probe["ping"]): Probe => ({ name, ping });
  const fine = (): Promise<void> => Promise.resolve();

  it("asks each store, and says which one is dead but not why", async () => {
    const deps = testDeps();
    const dead = (): Promise<void> => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.1"));
    const result = await health({ ...deps, probes: [probe("database", fine), probe("cache", dead)] })(event());
    expect(result.statusCode).toBe(503);
    expect(bodyOf(result)).toEqual({
      status: "unavailable",
      version: "1.2.3",
      commit: "abc123",
      stage: "test",
      stores: { database: "ok", cache: "down" },
    });
    expect(deps.lines).toMatchObject([{ message: "a store does not answer", details: { store: "cache" } }]);
  });

  it("waits a second for a store, and no longer", async () => {
    vi.useFakeTimers();
    const hanging = (): Promise<void> => new Promise(() => undefined);
    const answer = health({ ...testDeps(), probes: [probe("search", hanging)] })(event());
    await vi.advanceTimersByTimeAsync(1000);
    expect((await answer).statusCode).toBe(503);
    vi.useRealTimers();
  });

  it("asks once for all who come within two seconds", async () => {
    const deps = testDeps();
    const ping = vi.fn(fine);
    const handler = health({ ...deps, probes: [probe("database", ping)] });
    const results = await Promise.all([handler(event()), handler(event())]);
    expect(results.map((result) => result.statusCode)).toEqual([200, 200]);
    deps.advance(1999);
    await handler(event());
    expect(ping).toHaveBeenCalledTimes(1);
    deps.advance(1);
    await handler(event());
    expect(ping).toHaveBeenCalledTimes(2);
  });
});
