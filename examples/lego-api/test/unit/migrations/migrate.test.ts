import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { main, migrationsIn } from "../../../src/migrations/main.ts";
import { migrate, type Session } from "../../../src/migrations/migrate.ts";

// What the statements mean, test/stores shows on a real server.

function session(broken?: string): { readonly query: Session["query"]; readonly texts: string[] } {
  const texts: string[] = [];
  const applied: unknown[] = [];
  return {
    texts,
    query: (text, values) => {
      texts.push(text);
      if (text === broken) return Promise.reject(new Error("syntax"));
      if (text.startsWith("INSERT")) applied.push({ name: values?.[0], sha256: values?.[1] });
      return Promise.resolve({ rows: text.startsWith("SELECT name") ? applied : [] });
    },
  };
}

const one = { name: "0001.sql", text: "CREATE ONE" };
const two = { name: "0002.sql", text: "CREATE TWO" };

describe("migrate", () => {
  it("applies each once, in order, in a transaction, under a lock", async () => {
    const db = session();
    await expect(migrate(db, [two, one])).resolves.toEqual(["0001.sql", "0002.sql"]);
    const work = db.texts.filter((text) => !text.includes("schema_migrations"));
    expect(work).toEqual([
      "SET lock_timeout = '60s'",
      "SELECT pg_advisory_lock($1)",
      ...["BEGIN", "CREATE ONE", "COMMIT", "BEGIN", "CREATE TWO", "COMMIT"],
      "SELECT pg_advisory_unlock($1)",
    ]);
    await expect(migrate(db, [one, two])).resolves.toEqual([]);
  });

  it("takes back what failed, lets go of the lock and says which it was", async () => {
    const db = session("CREATE TWO");
    await expect(migrate(db, [one, two])).rejects.toMatchObject({
      message: "0002.sql could not be applied, and nothing of it was",
      cause: new Error("syntax"),
    });
    expect(db.texts.slice(-2)).toEqual(["ROLLBACK", "SELECT pg_advisory_unlock($1)"]);
  });

  it("refuses one that was changed after it had been applied", async () => {
    const db = session();
    await migrate(db, [one]);
    await expect(migrate(db, [{ ...one, text: "CREATE OTHER" }])).rejects.toThrow("write a new migration");
  });
});

describe("migrationsIn", () => {
  it("are the SQL files of a folder", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "sql-"));
    for (const name of ["1.sql", "migrate.ts"]) writeFileSync(path.join(folder, name), name);
    expect(migrationsIn(folder)).toEqual([{ name: "1.sql", text: "1.sql" }]);
    rmSync(folder, { recursive: true });
  });
});

describe("main", () => {
  const print = vi.fn();

  it("needs a database that answers", async () => {
    await expect(main({ env: {}, print, folder: "" })).rejects.toThrow("DATABASE_URL must be");
    const env = { DATABASE_URL: "postgres://lego:hidden@127.0.0.1:1/lego" };
    await expect(main({ env, print, folder: "" })).rejects.toThrow(/^(?!.*hidden).*ECONNREFUSED/);
  });
});
