import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { connectDatabase } from "../../src/adapters/postgres/connect.ts";
import { Database } from "../../src/adapters/postgres/database.ts";
import { PostgresImageCatalog } from "../../src/adapters/postgres/image-catalog.ts";
import { PostgresMocStore } from "../../src/adapters/postgres/moc-store.ts";
import { databaseSettings } from "../../src/adapters/postgres/settings.ts";
import { byNewest } from "../../src/domain/moc.ts";
import { migrate } from "../../src/migrations/migrate.ts";
import { asAdmin, DATABASE_URL, newMoc } from "./support.ts";

const log = { warn: vi.fn(), error: vi.fn() };
const env = { DATABASE_URL };
const database = connectDatabase(env, log);
const store = new PostgresMocStore(database);

beforeEach(() => asAdmin((admin) => admin.query("TRUNCATE mocs, idempotency_keys, images")));
afterAll(() => database.close());

const count = (table: string): Promise<number> =>
  asAdmin(async (admin) => Number((await admin.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n));

describe("MOCs in PostgreSQL", () => {
  it("come back as they went in, whatever they hold", async () => {
    const hard = newMoc({ title: "O'Brien \"; DROP TABLE mocs; -- \\ $1 ☃ \u{1F3F0}", description: "a\n\tb", tags: ["a", "b-c"] });
    const empty = newMoc({ description: "", tags: [], pieceCount: 200_000, createdAt: "2026-01-02T03:04:05.007Z" });
    for (const moc of [hard, empty]) {
      await expect(store.create(moc)).resolves.toEqual({ outcome: "created", moc });
      await expect(store.get(moc.id)).resolves.toEqual(moc);
    }
    await expect(store.get(randomUUID())).resolves.toBeUndefined();
  });

  it("are made once by twenty that race with one key, on twenty connections", async () => {
    const racers = Array.from({ length: 20 }, () => connectDatabase(env, log));
    const key = { key: randomUUID(), fingerprint: "f" };
    const results = await Promise.all(racers.map((racer) => new PostgresMocStore(racer).create(newMoc(), key)));
    await Promise.all(racers.map((racer) => racer.close()));
    expect(results.map((result) => result.outcome).sort()).toEqual(["created", ...Array.from({ length: 19 }, () => "replayed")]);
    expect(new Set(results.map((result) => "moc" in result && result.moc.id)).size).toBe(1);
    expect([await count("mocs"), await count("idempotency_keys")]).toEqual([1, 1]);
  });

  it("conflict where a key was used for something else, and only until it expires", async () => {
    const key = { key: "k", fingerprint: "f" };
    const first = newMoc();
    await store.create(first, key);
    await expect(store.create(newMoc(), key)).resolves.toEqual({ outcome: "replayed", moc: first });
    await expect(store.create(newMoc(), { ...key, fingerprint: "g" })).resolves.toEqual({ outcome: "conflict" });
    expect(await count("mocs")).toBe(1);
    await asAdmin((admin) => admin.query("UPDATE idempotency_keys SET expires_at = now()"));
    const second = newMoc();
    await expect(store.create(second, { ...key, fingerprint: "g" })).resolves.toEqual({ outcome: "created", moc: second });
  });

  it("are made once also by those that race for a key that has expired", async () => {
    const key = { key: "old", fingerprint: "f" };
    await store.create(newMoc(), key);
    await asAdmin((admin) => admin.query("UPDATE idempotency_keys SET expires_at = now()"));
    const results = await Promise.all(Array.from({ length: 10 }, () => store.create(newMoc(), key)));
    expect(results.filter((result) => result.outcome === "created")).toHaveLength(1);
    expect(await count("mocs")).toBe(2);
  });

  it("take expired keys away, and no others", async () => {
    await store.create(newMoc(), { key: "dead", fingerprint: "f" });
    await asAdmin((admin) => admin.query("UPDATE idempotency_keys SET expires_at = now() - interval '1 hour'"));
    await store.create(newMoc(), { key: "alive", fingerprint: "f" });
    await store.create(newMoc({ id: `00${randomUUID().slice(2)}` }), { key: "sweeper", fingerprint: "f" });
    const keys = await asAdmin(async (admin) => (await admin.query<{ key: string }>("SELECT key FROM idempotency_keys ORDER BY key")).rows);
    expect(keys.map((row) => row.key)).toEqual(["alive", "sweeper"]);
  });

  it.each([1, 3, 10, 11])("are listed each exactly once, newest first, in pages of %i", async (limit) => {
    // Several share a moment, so that the id has to decide.
    const all = Array.from({ length: 10 }, (_, n) => newMoc({ createdAt: new Date(1_800_000_000_000 + (n % 4)).toISOString() }));
    for (const moc of all) await store.create(moc);
    const seen = [];
    for (let after = undefined; ; ) {
      const page = await store.list(after === undefined ? { limit } : { limit, after });
      seen.push(...page);
      after = page.at(-1);
      if (page.length < limit || after === undefined) break;
    }
    expect(seen).toEqual([...all].sort(byNewest));
  });
});

describe("images in PostgreSQL", () => {
  it("are marked by one of many, and listed newest first", async () => {
    const catalog = new PostgresImageCatalog(database);
    const moc = newMoc();
    await store.create(moc);
    const image = (createdAt: string) => ({ id: randomUUID(), mocId: moc.id, contentType: "image/png" as const, sizeBytes: 3, createdAt });
    const [older, newer] = [image("2026-01-01T00:00:00.000Z"), image("2026-01-02T00:00:00.000Z")];
    for (const one of [older, newer, older]) await catalog.expect(one);
    const at = "2026-01-03T00:00:00.001Z";
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => catalog.markUploaded(older.id, at)));
    expect(outcomes.sort()).toEqual([...Array.from({ length: 9 }, () => "already"), "marked"]);
    await expect(catalog.markUploaded(randomUUID(), at)).resolves.toBe("unknown");
    await expect(catalog.list(moc.id, 9)).resolves.toEqual([newer, { ...older, uploadedAt: at }]);
    await expect(catalog.list(moc.id, 1)).resolves.toEqual([newer]);
  });
});

describe("the connection", () => {
  it("is replaced when it died, between requests or in the middle of a statement", async () => {
    const one = new pg.Pool({ ...databaseSettings(env), max: 1, application_name: "victim" });
    one.on("error", () => undefined);
    const victim = new Database(one, "db");
    const kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'";
    await victim.ping();
    await asAdmin((admin) => admin.query(kill));
    await expect(victim.ping()).resolves.toBeUndefined();
    const moc = newMoc();
    const slow = { operation: "SELECT", target: "", text: "SELECT pg_sleep(0.5), $1::text AS id" } as const;
    const running = victim.run(slow, [moc.id]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await asAdmin((admin) => admin.query(kill));
    await expect(running).resolves.toMatchObject([{ id: moc.id }]);
    await victim.close();
  });

  it("holds nothing in its session: no prepared statement, no setting, no transaction, no lock", async () => {
    await store.create(newMoc(), { key: "k", fingerprint: "f" });
    // What a connection set by itself, also as it started: only that text is UTF-8.
    const text =
      "SELECT (SELECT count(*) FROM pg_prepared_statements)::int AS prepared, " +
      "(SELECT array_agg(name::text) FROM pg_settings WHERE source IN ('session', 'client')) AS settings";
    const rows = await database.run({ operation: "SELECT", target: "", text });
    expect(rows).toEqual([{ prepared: 0, settings: ["client_encoding"] }]);
    const open = await asAdmin((admin) => admin.query("SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"));
    expect(open.rows).toEqual([]);
  });

  it("gives up on a statement that takes too long, and is not used again", async () => {
    const pool = new pg.Pool({ ...databaseSettings(env), max: 1, query_timeout: 100 });
    pool.on("error", () => undefined);
    const impatient = new Database(pool, "db");
    const slow = { operation: "SELECT", target: "", text: "SELECT pg_sleep(2)" } as const;
    const before = Date.now();
    await expect(impatient.run(slow)).rejects.toThrow("Query read timeout");
    expect(Date.now() - before).toBeLessThan(1000);
    await expect(impatient.ping()).resolves.toBeUndefined();
    await impatient.close();
  });

  it("gives up on a server that takes a connection and says nothing", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as AddressInfo;
    const pool = new pg.Pool({ ...databaseSettings({ DATABASE_URL: `postgres://lego@127.0.0.1:${port}/x` }), connectionTimeoutMillis: 200 });
    await expect(new Database(pool, "db").ping()).rejects.toThrow("timeout");
    silent.close();
  });

  it("speaks to nobody who cannot prove with a certificate who they are", async () => {
    const url = new URL(DATABASE_URL);
    url.searchParams.set("sslmode", "verify-full");
    const strict = connectDatabase({ DATABASE_URL: url.href }, log);
    await expect(strict.ping()).rejects.toThrow("does not support SSL");
    await strict.close();
  });
});

describe("migrations", () => {
  const other = [
    { name: "0002.sql", text: "ALTER TABLE trial ADD COLUMN b int" },
    { name: "0001.sql", text: "CREATE TABLE trial (a int)" },
  ];
  const onItsOwn = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> =>
    asAdmin(async (client) => {
      await client.query("SET search_path = trial");
      return work(client);
    });

  it("are applied once, in order, by one of several that start together", async () => {
    await asAdmin((admin) => admin.query("DROP SCHEMA IF EXISTS trial CASCADE; CREATE SCHEMA trial"));
    const runs = await Promise.all([1, 2, 3].map(() => onItsOwn((client) => migrate(client, other))));
    expect(runs.flat()).toEqual(["0001.sql", "0002.sql"]);
    const broken = { name: "0003.sql", text: "CREATE TABLE left_over (a int); SELECT nonsense" };
    await expect(onItsOwn((client) => migrate(client, [...other, broken]))).rejects.toThrow("0003.sql could not be applied, and nothing of it was");
    await expect(onItsOwn((client) => client.query("SELECT * FROM left_over"))).rejects.toThrow("does not exist");
    const changed = other.map((one) => ({ ...one, text: `${one.text} -- changed` }));
    await expect(onItsOwn((client) => migrate(client, changed))).rejects.toThrow("0001.sql was changed after it had been applied");
    await asAdmin((admin) => admin.query("DROP SCHEMA trial CASCADE"));
  });

  it("ignore what is no SQL file", async () => {
    const { migrationsIn } = await import("../../src/migrations/main.ts");
    const folder = mkdtempSync(path.join(tmpdir(), "sql-"));
    expect(migrationsIn(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    const names = migrationsIn(path.join(import.meta.dirname, "../../src/migrations")).map(({ name }) => name);
    expect(names).toEqual(["0001-mocs.sql", "0002-images.sql"]);
  });
});

describe("SQL text", () => {
  it("never holds a value", async () => {
    const texts: string[] = [];
    const pool = new pg.Pool(databaseSettings(env));
    const spied = new Database(
      {
        query: (query) => {
          texts.push(query.text);
          return pool.query(query);
        },
        end: () => pool.end(),
      },
      "db",
    );
    const [secret, tag] = ["marker-title", "marker-tag"];
    const moc = newMoc({ title: secret, description: secret, tags: [tag], pieceCount: 98_765, id: `00${randomUUID().slice(2)}` });
    const image = { id: randomUUID(), mocId: moc.id, contentType: "image/webp", sizeBytes: 87_654, createdAt: moc.createdAt } as const;
    const [mocs, images] = [new PostgresMocStore(spied), new PostgresImageCatalog(spied)];
    await mocs.create(moc);
    await mocs.create({ ...moc, id: `00${randomUUID().slice(2)}` }, { key: "marker-key", fingerprint: "marker-fingerprint" });
    await mocs.create(moc, { key: "marker-key", fingerprint: "other" });
    await mocs.get(moc.id);
    await mocs.list({ limit: 76 });
    await mocs.list({ limit: 76, after: moc });
    await images.expect(image);
    await images.markUploaded(image.id, moc.createdAt);
    await images.markUploaded(image.id, moc.createdAt);
    await images.list(moc.id, 76);
    await spied.close();
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) expect(text).not.toMatch(/marker|98765|87654|\b76\b|webp|[0-9a-f]{8}-|\d{4}-\d\d-\d\d/);
  });
});
