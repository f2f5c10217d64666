import { call } from "../../tracing/index.ts";
import type { Cache, Clock, Logger } from "../../ports.ts";

/** What is used of ioredis. */
export interface RedisClient {
  mget(...keys: string[]): Promise<(string | null)[]>;
  set(key: string, value: string, unit: "EX", seconds: number): Promise<unknown>;
  ping(): Promise<unknown>;
  disconnect(): void;
}

/** After a failure nobody waits for Redis for so long. */
const PAUSE_MS = 5000;

/** A cache that no request depends on: where Redis does not answer, everything is a miss, and that is logged once. */
export class RedisCache implements Cache {
  private readonly client: RedisClient;
  private readonly address: string;
  private readonly clock: Clock;
  private readonly log: Logger;
  private pausedUntil = 0;
  private down = false;

  constructor(client: RedisClient, { address, clock, log }: { address: string; clock: Clock; log: Logger }) {
    this.client = client;
    this.address = address;
    this.clock = clock;
    this.log = log;
  }

  read(keys: readonly string[]): Promise<readonly (string | null)[]> {
    const nothing = keys.map(() => null);
    return this.attempt(nothing, () =>
      call({ ...this.to("MGET"), statement: `MGET${" ?".repeat(keys.length)}` }, async (note) => {
        const values = await this.client.mget(...keys);
        note.set("db.response.returned_rows", values.filter((value) => value !== null).length);
        return values;
      }),
    );
  }

  async write(key: string, value: string, seconds: number): Promise<void> {
    await this.attempt(undefined, () =>
      call({ ...this.to("SET"), statement: "SET ? ? EX ?" }, () => this.client.set(key, value, "EX", seconds)),
    );
  }

  /** Asks Redis itself, pause or not, and says how it is. */
  async ping(): Promise<void> {
    await call({ ...this.to("PING"), statement: "PING" }, () => this.client.ping());
  }

  close(): void {
    this.client.disconnect();
  }

  private to(operation: string): { system: "redis"; operation: string; address: string } {
    return { system: "redis", operation, address: this.address };
  }

  private async attempt<T>(otherwise: T, work: () => Promise<T>): Promise<T>;
  private async attempt(otherwise: undefined, work: () => Promise<unknown>): Promise<unknown>;
  private async attempt(otherwise: unknown, work: () => Promise<unknown>): Promise<unknown> {
    if (this.clock().getTime() < this.pausedUntil) return otherwise;
    try {
      const result = await work();
      if (this.down) this.log.warn("the cache answers again");
      this.down = false;
      return result;
    } catch (error) {
      this.pausedUntil = this.clock().getTime() + PAUSE_MS;
      if (!this.down) this.log.warn("the cache does not answer: requests go without it", { error: String(error) });
      this.down = true;
      return otherwise;
    }
  }
}
