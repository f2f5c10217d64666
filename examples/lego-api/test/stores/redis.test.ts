import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Redis } from "ioredis";
import { MemoryMocStore } from "../../src/adapters/memory/moc-store.ts";
import type { RedisCache } from "../../src/adapters/redis/cache.ts";
import { CachedMocStore } from "../../src/adapters/redis/cached-moc-store.ts";
import { connectCache } from "../../src/adapters/redis/connect.ts";
import { createServer, type AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { freePort, given, newMoc, startRedis } from "./support.ts";

const REDIS_URL = given("TEST_REDIS_URL");
const log = { warn: vi.fn(), error: vi.fn() };
let now = Date.now();
const clock = (): Date => new Date(now);
const open: RedisCache[] = [];
const connectTo = (url: string): RedisCache => {
  const cache = connectCache({ REDIS_URL: url }, clock, log);
  open.push(cache);
  return cache;
};
const over = (cache: RedisCache): { store: CachedMocStore; behind: MemoryMocStore } => {
  const behind = new MemoryMocStore(clock);
  return { behind, store: new CachedMocStore(behind, cache, () => randomUUID()) };
};

beforeEach(async () => {
  const admin = new Redis(REDIS_URL);
  await admin.flushall();
  admin.disconnect();
  log.warn.mockClear();
});
afterEach(() => {
  for (const cache of open.splice(0)) cache.close();
});

describe("the cache in Redis", () => {
  it("keeps what it is given for as long as it is told", async () => {
    const cache = connectTo(REDIS_URL);
    await cache.write("a", "1", 100);
    await cache.write("b", "ünï☃", 1);
    await expect(cache.read(["a", "nothing", "b"])).resolves.toEqual(["1", null, "ünï☃"]);
    const admin = new Redis(REDIS_URL);
    expect(await admin.ttl("a")).toBeGreaterThan(90);
    admin.disconnect();
    await vi.waitFor(async () => {
      await expect(cache.read(["b"])).resolves.toEqual([null]);
    }, 3000);
    await expect(cache.ping()).resolves.toBeUndefined();
  });

  it("is shared: what one instance creates, another's first page shows at once", async () => {
    const [one, two] = [connectTo(REDIS_URL), connectTo(REDIS_URL)];
    const behind = new MemoryMocStore(clock);
    const [first, second] = [one, two].map((cache) => new CachedMocStore(behind, cache, () => randomUUID()));
    const [older, newer] = [newMoc({ createdAt: "2026-01-01T00:00:00.000Z" }), newMoc()];
    await first?.create(older);
    await expect(second?.list({ limit: 5 })).resolves.toEqual([older]);
    await first?.create(newer);
    await expect(second?.list({ limit: 5 })).resolves.toEqual([newer, older]);
    const get = vi.spyOn(behind, "get");
    await expect(second?.get(older.id)).resolves.toEqual(older);
    await expect(first?.get(older.id)).resolves.toEqual(older);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it("is no loss while Redis restarts: every request is answered, in time, and it is used again after", async () => {
    const port = await freePort();
    let redis = await startRedis(port);
    const cache = connectTo(`redis://127.0.0.1:${port}`);
    const { store, behind } = over(cache);
    const moc = newMoc();
    await store.create(moc);
    await store.get(moc.id);
    const get = vi.spyOn(behind, "get");
    await store.get(moc.id);
    expect(get).not.toHaveBeenCalled();
    await redis.stop();
    const before = Date.now();
    for (let n = 0; n < 20; n++) await expect(store.get(moc.id)).resolves.toEqual(moc);
    await expect(store.create(newMoc())).resolves.toMatchObject({ outcome: "created" });
    await expect(store.list({ limit: 5 })).resolves.toHaveLength(2);
    expect(Date.now() - before).toBeLessThan(1000);
    expect(log.warn).toHaveBeenCalledTimes(1);
    await expect(cache.ping()).rejects.toThrow();
    redis = await startRedis(port);
    await vi.waitFor(async () => {
      now += 5000;
      await store.get(moc.id);
      get.mockClear();
      await store.get(moc.id);
      expect(get).not.toHaveBeenCalled();
    }, { timeout: 10_000, interval: 200 });
    expect(log.warn.mock.calls.map(([message]) => message as string)).toContain("the cache answers again");
    await redis.stop();
  });

  it("does not wait for a Redis that takes connections and says nothing", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const cache = connectTo(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const before = Date.now();
    await expect(cache.read(["a"])).resolves.toEqual([null]);
    await expect(cache.read(["a"])).resolves.toEqual([null]);
    expect(Date.now() - before).toBeLessThan(600);
    cache.close();
    silent.close();
  });
});
