'use strict';
// DpGet and DpSet.

const { BridgeError, NamesRefused, describe, partial } = require('./errors');
const { complete, datapoint, local, split } = require('./names');
const { toTime } = require('./values');

const ORIGINAL = '_original.._value';

//: The attributes of _common, which have their own functions in WinCC OA.
const GETTERS = {
  '_common.._alias': 'dpGetAlias',
  '_common.._description': 'dpGetDescription',
  '_common.._unit': 'dpGetUnit',
  '_common.._format': 'dpGetFormat',
};
const SETTERS = {
  '_common.._alias': 'dpSetAlias',
  '_common.._description': 'dpSetDescription',
  '_common.._unit': 'dpSetUnit',
  '_common.._format': 'dpSetFormat',
};

/** The error of an unknown name, or null if the name exists. */
function missing(oa, name) {
  const { element } = split(name);
  if (oa.dpExists(element)) return null;
  const dp = datapoint(name);
  if (oa.dpExists(dp) || oa.dpExists(`${dp}.`)) {
    const path = local(element).slice(local(dp).length + 1);
    return { Code: 8, Message: `the datapoint '${local(dp)}' has no element '${path}'` };
  }
  return { Code: 7, Message: `there is no datapoint '${local(dp)}'` };
}

/** Divides names into those that exist, and the errors of those that do not. */
function existing(oa, names) {
  const errors = {};
  const known = names.filter((name) => {
    if (name in errors) return false;
    let why;
    try {
      why = missing(oa, name);
    } catch (error) {
      why = describe(error);
    }
    if (why) errors[name] = why;
    return !why;
  });
  return { known, errors };
}

/** Reads values. Unknown names get errors, and the others their values. */
class Reading {
  constructor(oa, values) {
    this.oa = oa;
    this.values = values;
  }

  /** @param age the largest age of a value in seconds; undefined: no limit */
  async get(names, age) {
    const wanted = [...new Set(names.map((name) => complete(name, ORIGINAL)))];
    const values = {};
    const errors = {};
    const plain = [];
    for (const name of wanted) {
      const { element, attribute } = split(name);
      if (attribute in GETTERS) await this.getCommon(name, element, attribute, values, errors);
      else plain.push(name);
    }
    await this.getAll(plain, age, values, errors, true);
    const ordered = {};
    for (const name of wanted) if (name in values) ordered[name] = values[name];
    return { Values: ordered, ...partial(errors) };
  }

  async getCommon(name, element, attribute, values, errors) {
    try {
      const why = missing(this.oa, element);
      if (why) errors[name] = why;
      else values[name] = this.values.out((await this.oa[GETTERS[attribute]](element)) ?? '');
    } catch (error) {
      errors[name] = describe(error);
    }
  }

  ask(names, age) {
    const knowsAge = typeof this.oa.dpGetMaxAge === 'function';
    return age === undefined || !knowsAge ? this.oa.dpGet(names) : this.oa.dpGetMaxAge(age, names);
  }

  /** Reads all names at once. If WinCC OA rejects that, finds the wrong names and reads the others. */
  async getAll(names, age, values, errors, isFirst) {
    if (!names.length) return;
    let list;
    try {
      // With one name, dpGet returns the value itself. An array would then be ambiguous.
      list = names.length > 1 ? await this.ask(names, age) : [await this.ask(names[0], age)];
      if (!Array.isArray(list) || list.length !== names.length || list.includes(undefined)) {
        throw new BridgeError(54, 'dpGet does not return a value for each name');
      }
    } catch (error) {
      if (isFirst) {
        const sorted = existing(this.oa, names);
        Object.assign(errors, sorted.errors);
        if (sorted.known.length < names.length) {
          await this.getAll(sorted.known, age, values, errors, false);
          return;
        }
      }
      if (names.length === 1) {
        errors[names[0]] = describe(error);
        return;
      }
      const half = names.length >> 1;
      await this.getAll(names.slice(0, half), age, values, errors, false);
      await this.getAll(names.slice(half), age, values, errors, false);
      return;
    }
    names.forEach((name, at) => {
      values[name] = this.values.out(list[at]);
    });
  }
}

/** Sets all values of a command, or none. */
class Setting {
  constructor(oa, values, users) {
    this.oa = oa;
    this.values = values;
    this.users = users;
  }

  /** Does not await anything before it calls WinCC OA, so that sets take effect in order. */
  set(command) {
    const names = [];
    const values = [];
    const common = [];
    const errors = {};
    for (const { Dp, Value } of command.Values) {
      const name = complete(Dp, ORIGINAL);
      const { element, attribute } = split(name);
      try {
        const why = missing(this.oa, name);
        if (why) {
          errors[Dp] = why;
        } else if (attribute in SETTERS) {
          common.push([SETTERS[attribute], element, Value]);
        } else {
          values.push(this.values.into(element, attribute, Value));
          names.push(name);
        }
      } catch (error) {
        errors[Dp] = describe(error);
      }
    }
    if (Object.keys(errors).length) throw new NamesRefused(errors);
    if (common.length && (names.length || common.length > 1)) {
      throw new BridgeError(53, 'a set of an alias, description, unit or format may contain nothing else');
    }
    return this.users.as(command.User, () => this.send(command, names, values, common));
  }

  send(command, names, values, common) {
    if (common.length) {
      const [[setter, element, value]] = common;
      return this.oa[setter](element, value);
    }
    if (!names.length) return true;
    if (command.Timestamp === undefined || command.Timestamp === null) {
      return this.oa.dpSetWait(names, values);
    }
    return this.oa.dpSetTimedWait(toTime(command.Timestamp), names, values);
  }
}

module.exports = { Reading, Setting, existing, missing };
