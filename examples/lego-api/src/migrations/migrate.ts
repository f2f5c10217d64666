import { createHash } from "node:crypto";

export interface Migration {
  readonly name: string;
  readonly text: string;
}

/** One connection, the same for every statement. */
export interface Session {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Any number that nobody else locks. */
const LOCK = 5_352_001;

/**
 * Applies what was not applied yet, in the order of the names, each in a transaction of its own. Of several that run at
 * once one works and the others wait. Returns the names of what was applied.
 */
export async function migrate(session: Session, migrations: readonly Migration[]): Promise<string[]> {
  await session.query("SET lock_timeout = '60s'");
  await session.query("SELECT pg_advisory_lock($1)", [LOCK]);
  try {
    await session.query(
      "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
    );
    const { rows } = await session.query("SELECT name, sha256 FROM schema_migrations");
    const before = new Map((rows as { name: string; sha256: string }[]).map(({ name, sha256 }) => [name, sha256]));
    const applied: string[] = [];
    for (const migration of migrations.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (await apply(session, migration, before.get(migration.name))) applied.push(migration.name);
    }
    return applied;
  } finally {
    await session.query("SELECT pg_advisory_unlock($1)", [LOCK]);
  }
}

async function apply(session: Session, { name, text }: Migration, before: string | undefined): Promise<boolean> {
  const sha256 = createHash("sha256").update(text).digest("hex");
  if (before === sha256) return false;
  if (before !== undefined) {
    throw new Error(`${name} was changed after it had been applied: take the change back and write a new migration`);
  }
  await session.query("BEGIN");
  try {
    await session.query(text);
    await session.query("INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)", [name, sha256]);
    await session.query("COMMIT");
  } catch (error) {
    await session.query("ROLLBACK");
    throw new Error(`${name} could not be applied, and nothing of it was`, { cause: error });
  }
  return true;
}
