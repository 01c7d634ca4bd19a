'use strict';
// Commands about the whole system and its users.

const { BridgeError } = require('./errors');

class Informing {
  constructor(oa) {
    this.oa = oa;
  }

  /** Calls a function of WinCC OA, and checks the type of the result. */
  async ask(name, type, ...given) {
    if (typeof this.oa[name] !== 'function') {
      throw new BridgeError(53, `this WinCC OA has no function ${name}`);
    }
    const found = await this.oa[name](...given);
    if (typeof found !== type || found === null) {
      throw new BridgeError(54, `${name} returns ${found === null ? 'null' : typeof found} instead of ${type}`);
    }
    return found;
  }

  async redundant() {
    return { Value: await this.ask('isRedundant', 'boolean') };
  }

  async reduActive() {
    return { Value: await this.ask('isReduActive', 'boolean') };
  }

  async userId({ UserName }) {
    const id = await this.ask('getUserId', 'number', UserName);
    if (!Number.isInteger(id) || id < 0 || id === 65535) {
      throw new BridgeError(51, `there is no WinCC OA user ${UserName}`);
    }
    return { Value: id };
  }

  async userName({ UserId }) {
    const name = await this.ask('getUserName', 'string', UserId);
    if (!name) throw new BridgeError(51, `no WinCC OA user has the number ${UserId}`);
    return { Value: name };
  }

  async version() {
    const { winccoa, ...rest } = await this.ask('getVersionInfo', 'object');
    const about = winccoa && typeof winccoa === 'object' ? winccoa : rest;
    const texts = [about.versionFull, about.version, winccoa].filter((one) => typeof one === 'string');
    return { Value: { Product: 'WinCC OA', Version: texts[0] || JSON.stringify(about) } };
  }
}

module.exports = { Informing };
