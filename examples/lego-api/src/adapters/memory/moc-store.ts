import { byNewest, type Moc } from "../../domain/moc.ts";
import type { Page } from "../../domain/paging.ts";
import type { Clock, CreateOutcome, Idempotency, MocStore } from "../../ports.ts";

const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

interface KeyRecord {
  readonly fingerprint: string;
  readonly moc: Moc;
  readonly expiresAt: number;
}

/** Keeps everything in this process: for tests and for running the API on one machine. */
export class MemoryMocStore implements MocStore {
  private readonly clock: Clock;
  private readonly mocs = new Map<string, Moc>();
  private readonly keys = new Map<string, KeyRecord>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  create(moc: Moc, idempotency?: Idempotency): Promise<CreateOutcome> {
    const now = this.clock().getTime();
    this.forgetKeys(now);
    if (idempotency !== undefined) {
      const earlier = this.keys.get(idempotency.key);
      if (earlier !== undefined) {
        return Promise.resolve(
          earlier.fingerprint === idempotency.fingerprint
            ? { outcome: "replayed", moc: earlier.moc }
            : { outcome: "conflict" },
        );
      }
      this.keys.set(idempotency.key, {
        fingerprint: idempotency.fingerprint,
        moc,
        expiresAt: now + KEY_LIFETIME_MS,
      });
    }
    this.mocs.set(moc.id, moc);
    return Promise.resolve({ outcome: "created", moc });
  }

  get(id: string): Promise<Moc | undefined> {
    return Promise.resolve(this.mocs.get(id));
  }

  list({ limit, after }: Page): Promise<readonly Moc[]> {
    const sorted = [...this.mocs.values()].sort(byNewest);
    const rest = after === undefined ? sorted : sorted.filter((moc) => byNewest(moc, after) > 0);
    return Promise.resolve(rest.slice(0, limit));
  }

  /** A Map keeps the order of insertion, and all keys live equally long: the oldest are in front. */
  private forgetKeys(now: number): void {
    for (const [key, record] of this.keys) {
      if (record.expiresAt > now) return;
      this.keys.delete(key);
    }
  }
}
