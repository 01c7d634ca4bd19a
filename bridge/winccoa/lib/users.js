'use strict';
// Whoever writes is written under their own WinCC OA user.

const { BridgeError, describe } = require('./errors');

class Users {
  constructor(oa) {
    this.oa = oa;
    this.ids = new Map();
  }

  /**
   * Calls WinCC OA as a user; what it returns is returned.
   *
   * The request is sent within the call, and the own user is back before anything else is.
   */
  as(name, call) {
    if (!name) return call();
    const id = this.idOf(name);
    const own = this.oa.getUserId();
    if (id === own) return call();
    if (this.oa.setUserId(id) === false) {
      throw new BridgeError(53, `WinCC OA does not let the bridge write as ${name}`);
    }
    try {
      return call();
    } finally {
      this.back(own);
    }
  }

  /** What cannot be its own user again must do nothing more: the manager is started anew. */
  back(own) {
    let why = 'setUserId says no';
    try {
      if (this.oa.setUserId(own) !== false) return;
    } catch (error) {
      why = describe(error).Message;
    }
    console.error(`oagw: the bridge cannot become its own user again, and ends: ${why}`);
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
