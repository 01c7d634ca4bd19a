'use strict';
// DpQuery and DpQueryConnect.

const { BridgeError, describe, fields } = require('./errors');
const { datapoint } = require('./names');

//: ms to wait for the first table of a live query. After this time, dpQuery reads it.
const PATIENCE = 5000;

class Querying {
  constructor(oa, values, send) {
    this.oa = oa;
    this.values = values;
    this.send = send;
    this.live = new Map();
  }

  async query(command) {
    return this.table(await this.oa.dpQuery(command.Query));
  }

  /** Row 0 of WinCC OA's table is the header. */
  table(table) {
    if (!Array.isArray(table) || !table.length) return { Header: [], Values: [] };
    const [header, ...rows] = table;
    if (!table.every(Array.isArray)) throw new BridgeError(54, 'a row of the table is not a list');
    return { Header: header, Values: rows.map((row) => row.map((one) => this.values.out(one))) };
  }

  /** Connects to a query. Answers with the whole table, and then sends changed rows. */
  connect(command) {
    const { Id, Query } = command;
    this.disconnect({ Id });
    return new Promise((resolve, reject) => {
      const one = { id: undefined, names: new Set(), told: false };
      this.live.set(Id, one);
      const first = (result) => {
        clearTimeout(timer);
        one.told = true;
        this.note(one, result);
        resolve(result);
      };
      const fail = (error) => {
        clearTimeout(timer);
        this.end(Id, one);
        reject(error);
      };
      const timer = setTimeout(() => {
        this.query(command).then((result) => one.told || first(result), fail);
      }, PATIENCE);
      const told = (table, type, error) => {
        if (this.live.get(Id) !== one) return;
        try {
          if (error && (!Array.isArray(error) || error.length)) throw error;
          if (one.told) this.changed(Id, one, this.table(table));
          else first(this.table(table));
        } catch (wrong) {
          if (one.told) this.failed(Id, one, wrong);
          else fail(wrong);
        }
      };
      try {
        const id = this.oa.dpQueryConnectSingle(told, true, Query);
        if (id && typeof id.then === 'function') id.then((number) => this.keep(Id, one, number), fail);
        else this.keep(Id, one, id);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Stores the number of a connect. If the query has already ended, disconnects it in WinCC OA. */
  keep(id, one, number) {
    one.id = number;
    if (this.live.get(id) !== one) this.end(id, one);
  }

  note(one, table) {
    for (const row of table.Values) one.names.add(row[0]);
  }

  changed(id, one, table) {
    this.note(one, table);
    this.send({ DpQueryConnectResult: { Id: id, Error: 0, ...table } }, true);
  }

  failed(id, one, error) {
    this.end(id, one);
    this.send({ DpQueryConnectResult: { Id: id, ...fields(error), Header: [], Values: [] } }, true);
  }

  /** Reports the rows of a deleted datapoint as removed. */
  deleted(dp) {
    for (const [id, one] of this.live) {
      const gone = [...one.names].filter((name) => datapoint(String(name)) === dp);
      if (!gone.length || !one.told) continue;
      for (const name of gone) one.names.delete(name);
      const body = { Id: id, Error: 0, Header: [], Values: [], Removed: gone };
      this.send({ DpQueryConnectResult: body }, true);
    }
  }

  disconnect(command) {
    const one = this.live.get(command.Id);
    if (one) this.end(command.Id, one);
    return null;
  }

  end(id, one) {
    if (this.live.get(id) === one) this.live.delete(id);
    if (one.id === undefined) return;
    try {
      const done = this.oa.dpQueryDisconnect(one.id);
      if (done && typeof done.catch === 'function') done.catch(() => {});
    } catch (error) {
      console.debug(`dpQueryDisconnect: ${describe(error).Message}`);
    }
  }

  close() {
    for (const [id, one] of [...this.live]) this.end(id, one);
  }
}

module.exports = { Querying };
