'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { input, lines, output, paths, state, call, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

async function main() {
  const key = input('key');
  const query = new URLSearchParams({ key });
  for (const prefix of lines('restore-keys')) query.append('restore', prefix);
  const found = await call('GET', `/_runtime/cache?${query}`);
  if (found.matched) {
    paths().forEach((target, i) => {
      const source = path.join(found.folder, String(i));
      if (!fs.existsSync(source)) return;
      fs.mkdirSync(path.dirname(target), { recursive: true });
      link(source, target);
    });
    console.log(`Cache restored from key: ${found.matched}`);
  } else {
    console.log(`Cache not found for input keys: ${[key, ...lines('restore-keys')].join(', ')}`);
  }
  output('cache-hit', String(found.matched === key));
  state('save-to', found.matched === key ? '' : found.save_to);
}

// Hard links where the file system allows: a store of packages is large. Jobs of
// a rehearsal share a machine, so another one may restore the same at this moment.
function link(from, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) {
      link(source, target);
      continue;
    }
    try {
      if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
      else fs.linkSync(source, target);
    } catch (error) {
      if (error.code === 'EXDEV') fs.copyFileSync(source, target);
      else if (error.code !== 'EEXIST') throw error;
    }
  }
}

main().catch((error) => fail(error.message));
