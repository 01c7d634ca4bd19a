'use strict';
// Writes values under the WinCC OA user of the client that sets them.

const { BridgeError, describe } = require('./errors');

class Users {
  constructor(oa) {
    this.oa = oa;
    this.ids = new Map();
  }

  /**
   * Calls a function as a WinCC OA user, and returns its result.
   *
   * WinCC OA sends the request during the call. The bridge is its own user again before other
   * code runs.
   */
  as(name, call) {
    if (!name) return call();
    const id = this.idOf(name);
    const own = this.oa.getUserId();
    if (id === own) return call();
    if (this.oa.setUserId(id) === false) {
      throw new BridgeError(53, `WinCC OA does not allow the bridge to write as ${name}`);
    }
    try {
      return call();
    } finally {
      this.back(own);
    }
  }

  /** Switches back to the bridge's own user. If this fails, exits; WinCC OA starts the bridge again. */
  back(own) {
    let why = 'setUserId returns false';
    try {
      if (this.oa.setUserId(own) !== false) return;
    } catch (error) {
      why = describe(error).Message;
    }
    console.error(`oagw: the bridge cannot switch back to its own user, and exits: ${why}`);
    process.exit(1);
  }

  idOf(name) {
    if (!this.ids.has(name)) {
      const id = this.oa.getUserId(name);
      if (!Number.isInteger(id) || id < 0 || id === 65535) {
        throw new BridgeError(53, `there is no WinCC OA user ${name}`);
      }
      this.ids.set(name, id);
    }
    return this.ids.get(name);
  }
}

module.exports = { Users };
