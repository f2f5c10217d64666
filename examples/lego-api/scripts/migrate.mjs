// Brings the stores up to date before a deployment: DATABASE_URL names the database, OPENSEARCH_URL the search, if any.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundleMigrations, ROOT } from "./bundle.mjs";

const bundle = /** @type {unknown} */ (await import(pathToFileURL(await bundleMigrations()).href));
const { main } = /** @type {typeof import("../src/migrations/main.ts")} */ (bundle);

try {
  await main({ env: process.env, print: console.log, folder: path.join(ROOT, "src/migrations") });
} catch (error) {
  const { message, cause } = /** @type {Error} */ (error);
  console.error(cause instanceof Error ? `${message}: ${cause.message}` : message);
  process.exitCode = 1;
}
