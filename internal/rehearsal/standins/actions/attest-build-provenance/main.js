'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { input, output, call, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

async function main() {
  // The real one signs with a certificate that it gets for this token.
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL) fail('Failed to get ID token: the job needs id-token: write');
  const file = path.resolve(process.env.GITHUB_WORKSPACE, input('subject-checksums'));
  if (!fs.existsSync(file)) fail(`subject checksums file not found: ${file}`);
  const subjects = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const found = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line);
      if (!found) fail(`not a checksum and a name: ${line}`);
      return { SHA256: found[1], Name: found[2] };
    });
  if (subjects.length === 0 || subjects.length > 1024) fail(`Too many or no subjects specified: ${subjects.length}, the maximum is 1024`);
  await call('PUT', '/_runtime/attestations', { Subjects: subjects });
  output('attestation-id', '1');
  console.log(`Attested ${subjects.length} files.`);
}

main().catch((error) => fail(error.message));
