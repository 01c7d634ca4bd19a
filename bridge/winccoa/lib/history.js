'use strict';
// DpGetPeriod: requests a few names at a time from WinCC OA, and answers in parts.

const { BridgeError, describe, partial } = require('./errors');
const { complete } = require('./names');
const { existing } = require('./reading');
const { listOf, toMs, toTime } = require('./values');

const OFFLINE = '_offline.._value';
//: The largest number of names in one request to WinCC OA.
const NAMES = 20;
const USUAL_PART = 10000;

const MISMATCH = 'dpGetPeriod does not give a series for each name, or a time for each value';

/** Times and values of one name; both may be empty. */
function seriesOf(found) {
  const times = listOf(found && found.times);
  const values = listOf(found && found.values);
  if (times.length !== values.length) throw new BridgeError(54, MISMATCH);
  return { times, values };
}

class History {
  constructor(oa, values, drained) {
    this.oa = oa;
    this.values = values;
    this.drained = drained;
  }

  /**
   * @param answer sends a part of the answer
   */
  async period(command, answer) {
    const start = toTime(command.T1);
    const end = toTime(command.T2);
    const size = Number.isInteger(command.Split) ? command.Split : USUAL_PART;
    const wanted = [...new Set(command.Dps.map((name) => complete(name, OFFLINE)))];
    const { known, errors } = existing(this.oa, wanted);
    let part = {};
    let count = 0;
    for (let at = 0; at < known.length; at += NAMES) {
      const names = known.slice(at, at + NAMES);
      const series = await this.read(start, end, names, command.Count || 0, errors);
      for (const [name, { times, values }] of series) {
        let from = 0;
        while (from < times.length) {
          const until = from + size - count;
          const stamps = times.slice(from, until).map(toMs);
          part[name] = [stamps, values.slice(from, until).map((one) => this.values.out(one))];
          count += stamps.length;
          from += stamps.length;
          if (count >= size) {
            await this.send(answer, part, Math.floor((99 * at) / known.length));
            part = {};
            count = 0;
          }
        }
      }
    }
    return { Progress: 100, Values: part, ...partial(errors) };
  }

  async send(answer, values, progress) {
    answer({ Error: 0, Progress: progress, Values: values });
    await this.drained();
  }

  /** Reads some names. If that fails, it reads each half again, so that other names are not affected. */
  async read(start, end, names, count, errors) {
    try {
      const found = await this.oa.dpGetPeriod(start, end, names, count);
      const list = listOf(found);
      if (list.length && list.length !== names.length) throw new BridgeError(54, MISMATCH);
      return names.map((name, at) => [name, seriesOf(list[at])]);
    } catch (error) {
      if (names.length === 1) {
        errors[names[0]] = describe(error);
        return [];
      }
      const half = names.length >> 1;
      const first = await this.read(start, end, names.slice(0, half), count, errors);
      return first.concat(await this.read(start, end, names.slice(half), count, errors));
    }
  }
}

module.exports = { History };
