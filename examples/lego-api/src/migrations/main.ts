import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { connectSearch } from "../adapters/opensearch/connect.ts";
import { databaseSettings } from "../adapters/postgres/settings.ts";
import { type Migration, migrate } from "./migrate.ts";

export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** Where the .sql files are. */
  readonly folder: string;
}

/** Brings the database of DATABASE_URL up to date and, where OPENSEARCH_URL is set, makes the index. */
export async function main({ env, print, folder }: Host): Promise<void> {
  // What a migration takes is its own affair: the limit of a request does not hold here.
  const client = new pg.Client({ ...databaseSettings(env), query_timeout: 0 });
  await client.connect();
  try {
    const applied = await migrate(client, migrationsIn(folder));
    for (const name of applied) print(`applied ${name}`);
    if (applied.length === 0) print("nothing to migrate");
  } finally {
    await client.end();
  }
  if (!env["OPENSEARCH_URL"]) return;
  await connectSearch(env, () => new Date()).prepare();
  print("the search index is there");
}

export const migrationsIn = (folder: string): Migration[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));
