import { describe, expect, it, vi } from "vitest";
import { MemoryMocStore } from "../../../src/adapters/memory/moc-store.ts";
import { RedisCache, type RedisClient } from "../../../src/adapters/redis/cache.ts";
import { CachedMocStore } from "../../../src/adapters/redis/cached-moc-store.ts";
import { connectCache } from "../../../src/adapters/redis/connect.ts";
import { idOf, mocOf, type TestDeps, testDeps } from "../support.ts";

/** Redis as a map; the tests in test/stores have the real one. */
function fakeRedis(): RedisClient & { readonly kept: Map<string, string>; broken: boolean; closed: boolean; calls: number } {
  const kept = new Map<string, string>();
  const redis = {
    kept,
    broken: false,
    closed: false,
    calls: 0,
    answer<T>(value: T): Promise<T> {
      redis.calls++;
      return redis.broken ? Promise.reject(new Error("Command timed out")) : Promise.resolve(value);
    },
    mget: (...keys: string[]) => redis.answer(keys.map((key) => kept.get(key) ?? null)),
    set: (key: string, value: string) => redis.answer(kept.set(key, value)),
    ping: () => redis.answer("PONG"),
    disconnect: () => {
      redis.closed = true;
    },
  };
  return redis;
}

function setUp(): { deps: TestDeps; redis: ReturnType<typeof fakeRedis>; cache: RedisCache; store: CachedMocStore; behind: MemoryMocStore } {
  const deps = testDeps();
  const redis = fakeRedis();
  const cache = new RedisCache(redis, { address: "redis", clock: deps.clock, log: deps.log });
  const behind = new MemoryMocStore(deps.clock);
  return { deps, redis, cache, behind, store: new CachedMocStore(behind, cache, deps.newId) };
}

describe("RedisCache", () => {
  it("knows nothing for a while after Redis failed, says so once, and again when it is back", async () => {
    const { deps, redis, cache } = setUp();
    redis.broken = true;
    await expect(cache.read(["a", "b"])).resolves.toEqual([null, null]);
    await expect(cache.write("a", "1", 1)).resolves.toBeUndefined();
    expect(redis.calls).toBe(1);
    deps.advance(5000);
    await cache.read(["a"]);
    expect(redis.calls).toBe(2);
    expect(deps.lines.map((line) => line.message)).toEqual(["the cache does not answer: requests go without it"]);
    redis.broken = false;
    deps.advance(5000);
    await cache.write("a", "1", 1);
    await expect(cache.read(["a"])).resolves.toEqual(["1"]);
    expect(deps.lines.at(-1)?.message).toBe("the cache answers again");
  });

  it("asks Redis itself how it is, pause or not", async () => {
    const { redis, cache } = setUp();
    redis.broken = true;
    await cache.read(["a"]);
    await expect(cache.ping()).rejects.toThrow("timed out");
    redis.broken = false;
    await expect(cache.ping()).resolves.toBeUndefined();
    cache.close();
    expect(redis.closed).toBe(true);
  });
});

describe("CachedMocStore", () => {
  it("reads a MOC through, and remembers no absence", async () => {
    const { store, behind, redis } = setUp();
    await expect(store.get(idOf(1))).resolves.toBeUndefined();
    expect(redis.kept.size).toBe(0);
    await store.create(mocOf(1));
    await expect(store.get(idOf(1))).resolves.toEqual(mocOf(1));
    const get = vi.spyOn(behind, "get");
    await expect(store.get(idOf(1))).resolves.toEqual(mocOf(1));
    expect(get).not.toHaveBeenCalled();
  });

  it("keeps the first page until something is created, and no other", async () => {
    const { store, behind } = setUp();
    await store.create(mocOf(1));
    const list = vi.spyOn(behind, "list");
    await expect(store.list({ limit: 2 })).resolves.toEqual([mocOf(1)]);
    await expect(store.list({ limit: 2 })).resolves.toEqual([mocOf(1)]);
    expect(list).toHaveBeenCalledTimes(1);
    await store.list({ limit: 3 });
    await store.list({ limit: 2, after: mocOf(1) });
    await store.list({ limit: 2, after: mocOf(1) });
    expect(list).toHaveBeenCalledTimes(4);
    await store.create(mocOf(2));
    await expect(store.list({ limit: 2 })).resolves.toEqual([mocOf(2), mocOf(1)]);
  });

  it("throws away a page that was read before a creation and written after it", async () => {
    const { store, behind } = setUp();
    await store.create(mocOf(1));
    vi.spyOn(behind, "list").mockImplementationOnce(async () => {
      await store.create(mocOf(2));
      return [mocOf(1)];
    });
    await store.list({ limit: 5 });
    await expect(store.list({ limit: 5 })).resolves.toEqual([mocOf(2), mocOf(1)]);
  });

  it("starts no generation for a replay", async () => {
    const { store, redis } = setUp();
    const key = { key: "k", fingerprint: "f" };
    await store.create(mocOf(1), key);
    const [before] = redis.kept.values();
    await store.create(mocOf(2), key);
    expect([...redis.kept.values()]).toEqual([before]);
  });

  it("works without Redis, and takes rubbish for nothing", async () => {
    const { store, redis } = setUp();
    await store.create(mocOf(1));
    redis.kept.set(`moc:v1:${idOf(1)}`, "{");
    redis.kept.set("{mocs}:v1:first:2", "rubbish");
    await expect(store.get(idOf(1))).resolves.toEqual(mocOf(1));
    await expect(store.list({ limit: 2 })).resolves.toEqual([mocOf(1)]);
    redis.broken = true;
    await expect(store.create(mocOf(2))).resolves.toMatchObject({ outcome: "created" });
    await expect(store.get(idOf(2))).resolves.toEqual(mocOf(2));
    await expect(store.list({ limit: 2 })).resolves.toEqual([mocOf(2), mocOf(1)]);
  });
});

describe("connectCache", () => {
  const { clock, log, lines } = testDeps();

  it("is quick to do without a Redis that is not there", async () => {
    const cache = connectCache({ REDIS_URL: "redis://127.0.0.1:1" }, clock, log);
    await expect(cache.read(["a"])).resolves.toEqual([null]);
    expect(lines).toHaveLength(1);
    cache.close();
  });

  it.each([
    {},
    { REDIS_URL: "http://redis" },
    { REDIS_URL: "redis://user:hidden@redis.example.com" },
  ])("refuses %o without repeating it", (env) => {
    expect(() => connectCache(env, clock, log)).toThrow(/^(?!.*hidden)REDIS_URL must be/);
  });
});
