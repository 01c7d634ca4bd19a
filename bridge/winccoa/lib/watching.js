'use strict';
// DpWatch: makes a dpConnect for each attribute, and sends simultaneous changes in one message.

const { BridgeError, describe, partial } = require('./errors');
const { complete, datapoint } = require('./names');
const { existing } = require('./reading');

const ONLINE = '_online.._value';
//: ms to wait for the first value of a connect. After this time, dpGet reads it.
const PATIENCE = 5000;

class Watching {
  /**
   * @param send sends a message; returns false if too many bytes wait to be sent
   */
  constructor(oa, values, reading, send) {
    this.oa = oa;
    this.values = values;
    this.reading = reading;
    this.send = send;
    this.watched = new Map();
    this.gathered = [];
    this.timer = null;
  }

  async add(names) {
    const wanted = [...new Set(names.map((name) => complete(name, ONLINE)))];
    const { known, errors } = existing(this.oa, wanted);
    await Promise.all(known.map((name) => this.watch(name)));
    const late = known.filter((name) => this.watched.has(name) && !this.watched.get(name).told);
    if (late.length) await this.read(late);
    const values = {};
    for (const name of known) {
      const one = this.watched.get(name);
      if (!one) continue;
      if (one.error) {
        errors[name] = one.error;
        this.drop(name);
      } else {
        values[name] = one.value;
      }
    }
    return { Values: values, ...partial(errors) };
  }

  /** Resolves when the first value or an error has arrived, or after PATIENCE. */
  watch(name) {
    let one = this.watched.get(name);
    if (one) return one.first;
    one = { id: undefined, value: null, told: false, error: null, first: null };
    this.watched.set(name, one);
    one.first = new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      one.ready = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    try {
      const id = this.oa.dpConnect(
        (names, values, type, error) => this.told(name, one, names, values, error),
        [name],
        true
      );
      this.keepId(name, one, id);
    } catch (error) {
      this.refused(one, error);
    }
    return one.first;
  }

  keepId(name, one, id) {
    if (!id || typeof id.then !== 'function') {
      one.id = id;
      return;
    }
    id.then(
      (number) => {
        one.id = number;
        if (this.watched.get(name) !== one) this.disconnect(one);
      },
      (error) => this.refused(one, error)
    );
  }

  refused(one, error) {
    one.error = describe(error);
    one.ready();
  }

  /** Handles a change. WinCC OA may pass the name and the value with or without lists. */
  told(name, one, names, values, error) {
    if (this.watched.get(name) !== one) return;
    if (error && (!Array.isArray(error) || error.length)) {
      if (one.told) this.ended(name, describe(error));
      else this.refused(one, error);
      return;
    }
    const given = Array.isArray(names) && Array.isArray(values) ? values[0] : values;
    if (given === undefined) {
      this.told(name, one, names, values, new BridgeError(54, `dpConnect returns no value of '${name}'`));
      return;
    }
    const value = this.values.out(given);
    one.value = value;
    if (one.told) this.gather(name, value);
    one.told = true;
    one.ready();
  }

  async read(names) {
    const { Values, Errors } = await this.reading.get(names);
    for (const name of names) {
      const one = this.watched.get(name);
      if (!one || one.told) continue;
      if (name in Values) {
        one.value = Values[name];
        one.told = true;
      } else {
        one.error = Errors[name];
      }
    }
  }

  /** Keeps simultaneous changes together. A second change of a name starts the next group. */
  gather(name, value) {
    let last = this.gathered[this.gathered.length - 1];
    if (!last || last.has(name)) {
      last = new Map();
      this.gathered.push(last);
    }
    last.set(name, value);
    if (!this.timer) this.timer = setImmediate(() => this.flush());
  }

  flush() {
    this.timer = null;
    if (!this.gathered.length) return;
    const changes = this.gathered.map((one) => Object.fromEntries(one));
    if (this.send({ DpWatchResult: { Error: 0, Changes: changes } })) {
      this.gathered = [];
      return;
    }
    // The gateway reads too slowly: keep only the newest value of each name until it reads again.
    const newest = new Map();
    for (const one of this.gathered) for (const [name, value] of one) newest.set(name, value);
    this.gathered = [newest];
    this.timer = setTimeout(() => this.flush(), 50);
  }

  remove(names) {
    for (const name of names) this.drop(complete(name, ONLINE));
    return {};
  }

  drop(name) {
    const one = this.watched.get(name);
    if (!one) return;
    this.watched.delete(name);
    this.disconnect(one);
  }

  disconnect(one) {
    if (one.id === undefined) return;
    try {
      const done = this.oa.dpDisconnect(one.id);
      if (done && typeof done.catch === 'function') done.catch(() => {});
    } catch (error) {
      console.debug(`dpDisconnect: ${describe(error).Message}`);
    }
  }

  /** Ends the watch of a name, and sends the error. */
  ended(name, error) {
    this.drop(name);
    this.flush();
    const errors = { [name]: error };
    this.send({ DpWatchResult: { ...partial(errors), Errors: errors, Values: {} } }, true);
  }

  /** Ends the watches of a deleted datapoint. */
  deleted(dp) {
    for (const name of [...this.watched.keys()]) {
      if (datapoint(name) === dp) {
        this.ended(name, { Code: 7, Message: `the datapoint '${dp}' was deleted` });
      }
    }
  }

  close() {
    if (this.timer) {
      clearImmediate(this.timer);
      clearTimeout(this.timer);
    }
    for (const name of [...this.watched.keys()]) this.drop(name);
    this.gathered = [];
  }
}

module.exports = { Watching };
