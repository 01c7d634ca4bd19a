'use strict';
// The configuration: a JSON file, by default bridge.json beside index.js.

const fs = require('fs');
const path = require('path');

const KEYS = {
  url: 'string',
  user: 'string',
  password: 'string',
  passwordFile: 'string',
  ca: 'string',
  language: 'string',
};

/** Reads a configuration. Throws an Error with one line that names the file and the mistake. */
function readConfig(file) {
  const wrong = (what) => new Error(`${file}: ${what}`);
  let given;
  try {
    given = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(error.message);
  }
  for (const [key, value] of Object.entries(given)) {
    if (!KEYS[key]) throw wrong(`unknown key ${key}; the keys are ${Object.keys(KEYS).join(', ')}`);
    if (typeof value !== KEYS[key]) throw wrong(`${key} must be a ${KEYS[key]}`);
  }
  const url = given.url ? parseUrl(given.url) : null;
  if (!url) throw wrong('url must be the address of the gateway, as wss://HOST:PORT/PATH');
  const read = (key) => {
    try {
      return fs.readFileSync(path.resolve(path.dirname(file), given[key]), 'utf8');
    } catch (error) {
      throw wrong(`${key}: ${error.message}`);
    }
  };
  const password = given.passwordFile ? read('passwordFile').trim() : given.password;
  if (!given.user || !password) throw wrong('user is required, and password or passwordFile');
  return {
    url: url.href,
    user: given.user,
    password,
    ca: given.ca ? read('ca') : undefined,
    language: given.language || 'en_US.utf8',
  };
}

/** The URL, if it is encrypted or on this machine; otherwise null. */
function parseUrl(text) {
  try {
    const url = new URL(text);
    const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    return url.protocol === 'wss:' || (url.protocol === 'ws:' && isLocal) ? url : null;
  } catch {
    return null;
  }
}

module.exports = { readConfig };
