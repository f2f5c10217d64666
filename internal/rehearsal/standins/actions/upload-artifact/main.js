'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { input, lines, call, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

const hidden = input('include-hidden-files') === 'true';

function* files(from) {
  if (!fs.existsSync(from)) return;
  if (!fs.statSync(from).isDirectory()) {
    yield from;
    return;
  }
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    if (entry.name.startsWith('.') && !hidden) continue;
    yield* files(path.join(from, entry.name));
  }
}

async function main() {
  const name = input('name');
  if (lines('path').some((p) => /[*?!]/.test(p))) fail('this stand-in takes files and folders, no patterns');
  let count = 0;
  for (const p of lines('path')) {
    const from = path.resolve(process.env.GITHUB_WORKSPACE, p);
    for (const file of files(from)) {
      const relative = path.relative(fs.statSync(from).isDirectory() ? from : path.dirname(from), file);
      const target = relative.split(path.sep).map(encodeURIComponent).join('/');
      await call('PUT', `/_runtime/artifacts/${encodeURIComponent(name)}/${target}`, fs.createReadStream(file));
      count += 1;
    }
  }
  if (count === 0) {
    const message = `No files were found with the provided path: ${lines('path').join(', ')}. No artifacts will be uploaded.`;
    const policy = input('if-no-files-found');
    if (policy === 'error') fail(message);
    if (policy === 'warn') console.log(`::warning::${message}`);
    return;
  }
  await call('POST', `/_runtime/artifacts/${encodeURIComponent(name)}`, { Files: count });
  console.log(`Artifact ${name} has been successfully uploaded: ${count} files.`);
}

main().catch((error) => fail(error.message));
