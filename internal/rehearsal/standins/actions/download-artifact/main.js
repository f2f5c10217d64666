'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { input, call, read, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

async function main() {
  const name = input('name');
  const into = path.resolve(process.env.GITHUB_WORKSPACE, input('path') || '.');
  const { files } = await call('GET', `/_runtime/artifacts/${encodeURIComponent(name)}`);
  for (const file of files) {
    const target = path.join(into, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const escaped = file.split('/').map(encodeURIComponent).join('/');
    fs.writeFileSync(target, await read(`/_runtime/artifacts/${encodeURIComponent(name)}/${escaped}`));
  }
  console.log(`Artifact ${name} has been downloaded: ${files.length} files.`);
}

main().catch((error) => fail(error.message));
