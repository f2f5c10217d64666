'use strict';
// What the stand-ins share: inputs, outputs and the way to the loopback GitHub.
const fs = require('node:fs');
const http = require('node:http');

exports.input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();

exports.lines = (name) =>
  exports
    .input(name)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

exports.output = (name, value) => append('GITHUB_OUTPUT', name, value);
exports.state = (name, value) => append('GITHUB_STATE', name, value);

function append(file, name, value) {
  const delimiter = `standin_${require('node:crypto').randomUUID()}`;
  fs.appendFileSync(process.env[file], `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
}

exports.fail = (message) => {
  console.log(`::error::${message}`);
  process.exit(1);
};

/** Calls the loopback GitHub; rejects on any answer that is no success. */
exports.call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const request = http.request(
      new URL(path, process.env.ACTIONS_RUNTIME_URL),
      { method, headers: { authorization: `Bearer ${process.env.ACTIONS_RUNTIME_TOKEN}` } },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode >= 300) {
            reject(new Error(`${method} ${path}: ${response.statusCode} ${text.trim()}`));
          } else {
            resolve(text ? JSON.parse(text) : {});
          }
        });
      },
    );
    request.on('error', reject);
    if (body && typeof body.pipe === 'function') body.pipe(request);
    else request.end(body && JSON.stringify(body));
  });
