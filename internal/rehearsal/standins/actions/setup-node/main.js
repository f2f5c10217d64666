'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { input, output, fail } = require(process.env.CUTOVER_STANDINS + '/lib.js');

let asked = input('node-version');
const file = input('node-version-file');
if (!asked && file) {
  const full = path.join(process.env.GITHUB_WORKSPACE, file);
  if (!fs.existsSync(full)) fail(`The specified node version file at: ${full} does not exist`);
  asked = fs.readFileSync(full, 'utf8').trim();
}
console.log(`This machine's Node ${process.version} stands in for ${asked || 'the default'}.`);
output('node-version', process.version);
