import pg from "pg";
import type { Logger } from "../../ports.ts";
import { Database } from "./database.ts";
import { databaseSettings } from "./settings.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Opens no connection yet: the first statement does. */
export function connectDatabase(env: Env, log: Logger): Database {
  const settings = databaseSettings(env);
  const pool = new pg.Pool(settings);
  // A connection that dies while nobody uses it says so here, and would end the process if nobody listened.
  pool.on("error", (error) => {
    log.warn("an idle connection to the database was lost", { error: error.message });
  });
  return new Database(pool, settings.host);
}
