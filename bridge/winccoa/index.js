'use strict';
// The bridge of oagw: connects a WinCC OA project to a gateway. See docs/winccoa.rst.

const path = require('path');

const { readConfig } = require('./lib/config');
const { Connection, beginner } = require('./lib/connection');
const { Events } = require('./lib/events');
const { Values } = require('./lib/values');

/** Creates the manager, with exact 64-bit integers and texts in all languages if possible. */
function makeManager(module) {
  const options = { longAsBigInt: true };
  const formats = module.WinccoaLangStringFormat;
  if (formats && formats.Object !== undefined) options.langStringFormat = formats.Object;
  return new module.WinccoaManager(options);
}

function main() {
  const file = process.env.OAGW_BRIDGE_CONFIG || path.join(__dirname, 'bridge.json');
  let config;
  try {
    config = readConfig(path.resolve(file));
  } catch (error) {
    console.error(`oagw: ${error.message}`);
    process.exit(1);
  }
  const module = require('winccoa-manager');
  const oa = makeManager(module);
  const system = String(oa.getSystemName()).replace(/:$/, '');
  console.info(`oagw: bridge of the system ${system}`);
  const values = new Values(oa, config.language);
  const events = new Events(oa, module, system);
  new Connection(config, beginner(oa, module, values, events)).dial();
}

main();
