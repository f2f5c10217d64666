'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { input, output, call, read, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

// Without a token the real one does not look at run-id at all: it is this run's artifacts that are looked for.
const token = input('github-token') || undefined;
const run = token ? input('run-id') : process.env.GITHUB_RUN_ID;

const matches = (pattern, name) =>
  new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^/]*')}$`).test(name);

async function download(name, into) {
  const at = `/_runtime/runs/${encodeURIComponent(run)}/artifacts/${encodeURIComponent(name)}`;
  const { files } = await call('GET', at, undefined, token);
  for (const file of files) {
    const target = path.join(into, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, await read(`${at}/${file.split('/').map(encodeURIComponent).join('/')}`, token));
  }
  console.log(`Artifact ${name} of run ${run} has been downloaded: ${files.length} files.`);
}

async function main() {
  const into = path.resolve(process.env.GITHUB_WORKSPACE, input('path') || '.');
  output('download-path', into);
  const name = input('name');
  if (name) return download(name, into);
  const list = await call('GET', `/repos/${input('repository')}/actions/runs/${encodeURIComponent(run)}/artifacts`, undefined, token);
  const pattern = input('pattern') || '*';
  // None that matches is no error; source: the action's own code.
  for (const artifact of list.artifacts.filter((a) => matches(pattern, a.name))) {
    await download(artifact.name, input('merge-multiple') === 'true' ? into : path.join(into, artifact.name));
  }
}

main().catch((error) => fail(`Unable to download artifact(s): ${error.message}`));
