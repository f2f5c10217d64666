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

/** The input path of actions/cache, with ~ as the real one expands it; a rehearsal's ~/.config is a folder of its own. */
exports.paths = () =>
  exports
    .lines('path')
    .map((p) => p.replace(/^~\/\.config(?=\/)/, process.env.XDG_CONFIG_HOME ?? '~/.config').replace(/^~(?=\/)/, process.env.HOME));

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

/** Calls the loopback GitHub for JSON, as the job unless a token is given; rejects on any answer that is no success. */
exports.call = async (method, path, body, token) => {
  const bytes = await request(method, path, body, token);
  return bytes.length ? JSON.parse(bytes.toString()) : {};
};

/** Reads the bytes that stand there. */
exports.read = (path, token) => request('GET', path, undefined, token);

const request = (method, path, body, token = process.env.ACTIONS_RUNTIME_TOKEN) =>
  new Promise((resolve, reject) => {
    const sent = http.request(
      new URL(path, process.env.ACTIONS_RUNTIME_URL),
      { method, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          if (response.statusCode >= 300) {
            reject(new Error(`${method} ${path}: ${response.statusCode} ${bytes.toString().trim()}`));
          } else {
            resolve(bytes);
          }
        });
      },
    );
    sent.on('error', reject);
    if (body && typeof body.pipe === 'function') body.pipe(sent);
    else sent.end(body && JSON.stringify(body));
  });
