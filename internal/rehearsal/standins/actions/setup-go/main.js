'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { input, output, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

let asked = input('go-version');
const file = input('go-version-file');
if (!asked && file) {
  const full = path.join(process.env.GITHUB_WORKSPACE, file);
  if (!fs.existsSync(full)) fail(`The specified go version file at: ${file} does not exist`);
  const text = fs.readFileSync(full, 'utf8');
  asked = (/^toolchain go(\S+)/m.exec(text) ?? /^go (\S+)/m.exec(text) ?? [])[1];
}
const version = execFileSync('go', ['env', 'GOVERSION']).toString().trim();
console.log(`This machine's ${version} stands in for ${asked || 'the default'}.`);
output('go-version', version.replace(/^go/, ''));
