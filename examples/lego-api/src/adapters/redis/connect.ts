import { Redis } from "ioredis";
import type { Clock, Logger } from "../../ports.ts";
import { isLoopback } from "../loopback.ts";
import { RedisCache } from "./cache.ts";

type Env = Readonly<Record<string, string | undefined>>;

const SHAPE = "REDIS_URL must be rediss://user:password@host:port, or redis:// for a server on this machine or in a VPC";

/** Opens no connection yet: the first command does. The error does not repeat the address: it may hold a password. */
export function connectCache(env: Env, clock: Clock, log: Logger): RedisCache {
  const text = env["REDIS_URL"] ?? "";
  if (!URL.canParse(text)) throw new Error(SHAPE);
  const url = new URL(text);
  if (!["redis:", "rediss:"].includes(url.protocol) || !url.hostname) throw new Error(SHAPE);
  // A password never goes over a network in the clear.
  if (url.protocol === "redis:" && url.password !== "" && !isLoopback(url.hostname)) throw new Error(SHAPE);
  const client = new Redis(text, {
    lazyConnect: true,
    connectTimeout: 500,
    // Also for a command that waits for the connection: a cache that takes longer is no use.
    commandTimeout: 250,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: (times) => Math.min(times * 100, 2000),
  });
  // Each failed command says so itself; without a listener ioredis prints every failed attempt to connect.
  client.on("error", () => undefined);
  return new RedisCache(client, { address: url.hostname, clock, log });
}
