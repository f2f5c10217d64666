import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { connectDatabase } from "../../../src/adapters/postgres/connect.ts";
import { type Connections, Database, isDeadConnection } from "../../../src/adapters/postgres/database.ts";
import { PostgresImageCatalog } from "../../../src/adapters/postgres/image-catalog.ts";
import { PostgresMocStore } from "../../../src/adapters/postgres/moc-store.ts";
import { databaseSettings } from "../../../src/adapters/postgres/settings.ts";
import { idOf, mocOf, START, testDeps } from "../support.ts";

// What SQL means, the tests in test/stores show on a real server. Here is what is done with its answers.

type Query = Connections["query"];

const rowOf = (n: number): Record<string, unknown> => {
  const { pieceCount, createdAt, ...rest } = mocOf(n);
  return { ...rest, piece_count: pieceCount, created_at: new Date(createdAt) };
};

function database(...answers: (unknown[] | Error)[]): { database: Database; query: ReturnType<typeof vi.fn<Query>> } {
  const query = vi.fn<Query>(() => {
    const answer = answers.shift() ?? [];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ rows: answer });
  });
  return { database: new Database({ query, end: () => Promise.resolve() }, "db"), query };
}

const failing = (message: string, code?: string): Error => Object.assign(new Error(message), code !== undefined && { code });

describe("Database", () => {
  it("goes on with another connection where one was dead, once", async () => {
    const { database: one, query } = database(failing("Connection terminated unexpectedly"), [{ a: 1 }]);
    await expect(one.run({ operation: "SELECT", target: "t", text: "SELECT a" }, [1])).resolves.toEqual([{ a: 1 }]);
    expect(query.mock.calls).toEqual([[{ text: "SELECT a", values: [1] }], [{ text: "SELECT a", values: [1] }]]);
    const { database: two } = database(failing("reset", "ECONNRESET"), failing("reset", "ECONNRESET"));
    await expect(two.ping()).rejects.toThrow("reset");
  });

  it.each<[string, unknown, boolean]>([
    ["a server that shuts down", failing("terminating connection", "57P01"), true],
    ["a lost connection", failing("lost", "08006"), true],
    ["a refused one", failing("connect ECONNREFUSED", "ECONNREFUSED"), true],
    ["what pg says of one that ended", failing("Connection terminated unexpectedly"), true],
    ["no time to connect", failing("Connection terminated due to connection timeout"), false],
    ["a statement out of time", failing("Query read timeout"), false],
    ["a broken rule", failing("duplicate key", "23505"), false],
    ["no error", "ECONNRESET", false],
  ])("%s: dead or not", (_name, error, dead) => {
    expect(isDeadConnection(error)).toBe(dead);
  });
});

describe("PostgresMocStore", () => {
  const key = { key: "k", fingerprint: "f" };

  it("creates without a key in one statement", async () => {
    const { database: db, query } = database();
    await expect(new PostgresMocStore(db).create(mocOf(1))).resolves.toEqual({ outcome: "created", moc: mocOf(1) });
    expect(query).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (unknown[] | Error)[], unknown]>([
    ["created, and expired keys swept", [[{ id: idOf(1) }], []], { outcome: "created", moc: mocOf(1) }],
    ["created, though the sweep fails", [[{ id: idOf(1) }], new Error("x")], { outcome: "created", moc: mocOf(1) }],
    ["replayed", [[], [{ ...rowOf(2), fingerprint: "f" }]], { outcome: "replayed", moc: mocOf(2) }],
    ["created by its first run", [[], [{ ...rowOf(1), fingerprint: "f" }]], { outcome: "created", moc: mocOf(1) }],
    ["a conflict", [[], [{ ...rowOf(2), fingerprint: "g" }]], { outcome: "conflict" }],
    ["created, once the key was swept", [[], [], [{ id: idOf(1) }]], { outcome: "created", moc: mocOf(1) }],
  ])("with a key: %s", async (_name, answers, outcome) => {
    await expect(new PostgresMocStore(database(...answers).database).create(mocOf(1), key)).resolves.toEqual(outcome);
  });

  it("gives up on a key that is neither free nor held", async () => {
    await expect(new PostgresMocStore(database().database).create(mocOf(1), key)).rejects.toThrow("neither free nor held");
  });

  it("sweeps for few of the ids only", async () => {
    const { database: db, query } = database([{ id: "a" }]);
    await new PostgresMocStore(db).create(mocOf(1, { id: "a1b2" }), key);
    expect(query).toHaveBeenCalledTimes(1);
  });

  it("reads rows", async () => {
    const store = new PostgresMocStore(database([rowOf(1)], [], [rowOf(2)], [rowOf(1)]).database);
    await expect(store.get(idOf(1))).resolves.toEqual(mocOf(1));
    await expect(store.get(idOf(9))).resolves.toBeUndefined();
    await expect(store.list({ limit: 1 })).resolves.toEqual([mocOf(2)]);
    await expect(store.list({ limit: 1, after: mocOf(2) })).resolves.toEqual([mocOf(1)]);
  });
});

describe("PostgresImageCatalog", () => {
  const image = { id: idOf(1), mocId: idOf(2), contentType: "image/png", sizeBytes: 3, createdAt: START } as const;
  const row = { id: idOf(1), moc_id: idOf(2), content_type: "image/png", size_bytes: 3, created_at: new Date(START), uploaded_at: null };

  it("reads rows, and tells who marked an image", async () => {
    const uploaded = { ...row, uploaded_at: new Date(START) };
    const catalog = new PostgresImageCatalog(database([], [row], [uploaded], [{ id: "x" }], [], [uploaded], [], []).database);
    await expect(catalog.expect(image)).resolves.toBeUndefined();
    await expect(catalog.get(image.id)).resolves.toEqual(image);
    await expect(catalog.list(image.mocId, 5)).resolves.toEqual([{ ...image, uploadedAt: START }]);
    await expect(catalog.markUploaded(image.id, START)).resolves.toBe("marked");
    await expect(catalog.markUploaded(image.id, START)).resolves.toBe("already");
    await expect(catalog.markUploaded(image.id, START)).resolves.toBe("unknown");
  });
});

describe("databaseSettings", () => {
  const url = "postgres://lego:p%40ss@db.example.com:6432/lego_api";

  it("connects as RDS Proxy wants it: by TLS that is checked, one connection, nothing in the session", () => {
    const settings = databaseSettings({ DATABASE_URL: url, AWS_LAMBDA_FUNCTION_NAME: "f" });
    expect(settings).toMatchObject({ host: "db.example.com", port: 6432, user: "lego", password: "p@ss", database: "lego_api", max: 1 });
    expect(settings.ssl).toEqual({ rejectUnauthorized: true });
    for (const startup of ["options", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]) expect(settings).not.toHaveProperty(startup);
  });

  it("takes the certificate of an authority of one's own, as text or as a file", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";
    expect(databaseSettings({ DATABASE_URL: url, DATABASE_CA: pem }).ssl).toEqual({ rejectUnauthorized: true, ca: pem });
    const folder = mkdtempSync(path.join(tmpdir(), "ca-"));
    const file = path.join(folder, "ca.pem");
    writeFileSync(file, pem);
    expect(databaseSettings({ DATABASE_URL: url, DATABASE_CA: file }).ssl).toEqual({ rejectUnauthorized: true, ca: pem });
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["postgres://lego@127.0.0.1/lego", false],
    ["postgresql://lego@localhost/lego?sslmode=disable", false],
    ["postgres://lego@[::1]/lego?sslmode=verify-full", { rejectUnauthorized: true }],
  ])("%s: TLS or not on this machine", (text, ssl) => {
    expect(databaseSettings({ DATABASE_URL: text })).toMatchObject({ port: 5432, ssl, max: 10 });
  });

  it.each([
    undefined,
    "hidden",
    "mysql://lego:hidden@db/lego",
    "postgres://db/lego",
    "postgres://lego:hidden@db/",
    "postgres://lego:hidden@db/lego?sslmode=require",
    "postgres://lego:hidden@db/lego?sslmode=disable",
  ])("refuses %s without repeating it", (text) => {
    expect(() => databaseSettings({ DATABASE_URL: text })).toThrow(/^(?!.*hidden).*DATABASE_URL/);
  });
});

describe("connectDatabase", () => {
  it("opens nothing until it is used, and then says what is wrong without a secret", async () => {
    const db = connectDatabase({ DATABASE_URL: "postgres://lego:hidden@127.0.0.1:1/lego" }, testDeps().log);
    await expect(db.ping()).rejects.toThrow(/^(?!.*hidden).*ECONNREFUSED/);
    await db.close();
  });
});
