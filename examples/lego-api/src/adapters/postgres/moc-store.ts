import type { Moc } from "../../domain/moc.ts";
import type { Page } from "../../domain/paging.ts";
import type { CreateOutcome, Idempotency, MocStore } from "../../ports.ts";
import type { Database, Row, Statement } from "./database.ts";

const COLUMNS = "id, title, description, piece_count, tags, created_at";

const INSERT: Statement = {
  operation: "INSERT",
  target: "mocs",
  text: `INSERT INTO mocs (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
};

// One statement, and so one transaction: whoever gets the key makes the MOC. A second one waits at the key until the
// first is done, and then gets no row. An expired key is as good as none; the time is the database's, one for all.
const CLAIM: Statement = {
  operation: "INSERT",
  target: "mocs",
  text:
    "WITH claimed AS (INSERT INTO idempotency_keys AS held (key, fingerprint, moc_id, expires_at) " +
    "VALUES ($7, $8, $1, now() + interval '24 hours') ON CONFLICT (key) DO UPDATE " +
    "SET fingerprint = excluded.fingerprint, moc_id = excluded.moc_id, expires_at = excluded.expires_at " +
    "WHERE held.expires_at <= now() RETURNING moc_id) " +
    `INSERT INTO mocs (${COLUMNS}) SELECT moc_id, $2, $3, $4::integer, $5::text[], $6::timestamptz FROM claimed RETURNING id`,
};

const HOLDER: Statement = {
  operation: "SELECT",
  target: "idempotency_keys",
  text: `SELECT held.fingerprint, mocs.* FROM idempotency_keys AS held JOIN mocs ON mocs.id = held.moc_id WHERE held.key = $1`,
};

// Waits for nobody, so that it cannot stand in the way of a claim.
const SWEEP: Statement = {
  operation: "DELETE",
  target: "idempotency_keys",
  text:
    "DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys WHERE expires_at <= now() " +
    "ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED)",
};

const GET: Statement = { operation: "SELECT", target: "mocs", text: `SELECT ${COLUMNS} FROM mocs WHERE id = $1` };

const ORDER = "ORDER BY created_at DESC, id DESC LIMIT $1";
const FIRST: Statement = { operation: "SELECT", target: "mocs", text: `SELECT ${COLUMNS} FROM mocs ${ORDER}` };
const AFTER: Statement = {
  operation: "SELECT",
  target: "mocs",
  text: `SELECT ${COLUMNS} FROM mocs WHERE (created_at, id) < ($2, $3) ${ORDER}`,
};

const ATTEMPTS = 3;

/** Each statement stands alone and leaves nothing in the session, so that RDS Proxy may share the connection. */
export class PostgresMocStore implements MocStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async create(moc: Moc, idempotency?: Idempotency): Promise<CreateOutcome> {
    const values = [moc.id, moc.title, moc.description, moc.pieceCount, moc.tags, moc.createdAt];
    if (idempotency === undefined) {
      await this.database.run(INSERT, values);
      return { outcome: "created", moc };
    }
    const { key, fingerprint } = idempotency;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const claimed = await this.database.run(CLAIM, [...values, key, fingerprint]);
      if (claimed.length > 0) {
        await this.sweepNowAndThen(moc.id);
        return { outcome: "created", moc };
      }
      const [holder] = await this.database.run(HOLDER, [key]);
      // It was swept between the two statements: the key is free again.
      if (holder === undefined) continue;
      if (holder["fingerprint"] !== fingerprint) return { outcome: "conflict" };
      const held = toMoc(holder);
      // Its id is ours where the connection died after the work was done and the statement ran again.
      return { outcome: held.id === moc.id ? "created" : "replayed", moc: held };
    }
    throw new Error(`an Idempotency-Key was neither free nor held in ${ATTEMPTS} attempts`);
  }

  async get(id: string): Promise<Moc | undefined> {
    const [row] = await this.database.run(GET, [id]);
    return row && toMoc(row);
  }

  async list({ limit, after }: Page): Promise<readonly Moc[]> {
    const rows =
      after === undefined
        ? await this.database.run(FIRST, [limit])
        : await this.database.run(AFTER, [limit, after.createdAt, after.id]);
    return rows.map(toMoc);
  }

  /** Ids are random: about one creation in 256 throws away keys of days gone by, and never fails for it. */
  private async sweepNowAndThen(id: string): Promise<void> {
    if (id.startsWith("00")) await this.database.run(SWEEP).catch(() => []);
  }
}

function toMoc(row: Row): Moc {
  const { id, title, description, piece_count, tags, created_at } = row as {
    id: string;
    title: string;
    description: string;
    piece_count: number;
    tags: string[];
    created_at: Date;
  };
  return { id, title, description, pieceCount: piece_count, tags, createdAt: created_at.toISOString() };
}
