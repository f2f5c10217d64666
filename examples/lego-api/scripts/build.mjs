// Bundles every handler, and writes down what came out: dist/manifest.json and a table. The same sources and lockfile
// give the same bytes, and so the same digest, wherever the checkout is.
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleHandlers, ROOT } from "./bundle.mjs";

/** @param {string | Buffer} data */
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

// A deploy leaves its encrypted links (resource.enc) beside a bundle: nothing of an earlier stage may stay.
rmSync(path.join(ROOT, "dist/functions"), { recursive: true, force: true });

const names = await bundleHandlers();
for (const name of names) {
  // What bundling can break shows when the bundle is loaded, and that had better be here than in Lambda.
  const url = pathToFileURL(path.join(ROOT, `dist/functions/${name}/index.mjs`)).href;
  const bundle = /** @type {unknown} */ (await import(url));
  const { handler } = /** @type {{ handler?: unknown }} */ (bundle);
  if (typeof handler !== "function") throw new Error(`the bundle of ${name} exports no handler`);
}

const functions = names.map((name) => {
  const file = `dist/functions/${name}/index.mjs`;
  const code = readFileSync(path.join(ROOT, file));
  const map = readFileSync(path.join(ROOT, `${file}.map`));
  return {
    name,
    file,
    bytes: code.length,
    gzipBytes: gzipSync(code).length,
    sha256: sha256(code),
    mapSha256: sha256(map),
  };
});
const digest = sha256(functions.map((f) => `${f.name} ${f.sha256} ${f.mapSha256}\n`).join(""));
writeFileSync(path.join(ROOT, "dist/manifest.json"), `${JSON.stringify({ digest, functions }, null, 2)}\n`);

const width = Math.max(...functions.map((f) => f.name.length));
/** @param {number} bytes */
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(11);
console.log(`${"function".padEnd(width)} ${"size".padStart(11)} ${"gzip".padStart(11)}  sha256`);
for (const f of functions) {
  console.log(`${f.name.padEnd(width)} ${kib(f.bytes)} ${kib(f.gzipBytes)}  ${f.sha256.slice(0, 16)}`);
}
console.log(`digest ${digest}`);
