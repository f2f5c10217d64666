'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { input, paths, call, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

async function post() {
  const target = process.env['STATE_save-to'];
  const key = input('key');
  if (!target) {
    console.log(`Cache hit occurred on the primary key ${key}, not saving cache.`);
    return;
  }
  const filling = fs.mkdtempSync(`${target}.filling-`);
  paths().forEach((source, i) => {
    if (!fs.existsSync(source)) return;
    keep(source, path.join(filling, String(i)));
  });
  try {
    // Two jobs may save the same key; the first one wins, as on GitHub.
    fs.renameSync(filling, target);
    await call('POST', '/_runtime/cache', { Key: key });
    console.log(`Cache saved with key: ${key}`);
  } catch (error) {
    fs.rmSync(filling, { recursive: true, force: true });
    console.log(`Cache not saved: ${error.message}`);
  }
}

// Links where the cache is on the same file system, else a copy.
function keep(source, target) {
  try {
    execFileSync('cp', ['-al', source, target], { stdio: 'pipe' });
  } catch {
    fs.rmSync(target, { recursive: true, force: true });
    execFileSync('cp', ['-a', source, target]);
  }
}

post().catch((error) => fail(error.message));
