import { readdirSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

export const ROOT = path.resolve(import.meta.dirname, "..");

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  target: "node20",
  // The modules of a package before its CommonJS: only of those can be left out what nobody uses.
  mainFields: ["module", "main"],
  format: "esm",
  outExtension: { ".js": ".mjs" },
  sourcemap: "linked",
  // Line numbers are what a log needs; the sources themselves are in the repository.
  sourcesContent: false,
  // Some dependencies are CommonJS and call require() for Node's own modules, which ESM does not have.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  logLevel: "warning",
};

/** One directory per function, because that is what becomes its zip. */
export async function bundleHandlers() {
  const names = readdirSync(path.join(ROOT, "src/handlers"))
    .map((file) => path.parse(file).name)
    .sort();
  await build({
    ...COMMON,
    entryPoints: names.map((name) => ({ in: `src/handlers/${name}.ts`, out: `${name}/index` })),
    outdir: "dist/functions",
    minify: true,
    legalComments: "none",
  });
  return names;
}

export async function bundleLocalServer() {
  await build({ ...COMMON, entryPoints: { main: "src/local/main.ts" }, outdir: "dist/local" });
  return path.join(ROOT, "dist/local/main.mjs");
}

export async function bundleMigrations() {
  await build({ ...COMMON, entryPoints: { migrate: "src/migrations/main.ts" }, outdir: "dist/local" });
  return path.join(ROOT, "dist/local/migrate.mjs");
}
