'use strict';
// Stands in for WinCC OA's module winccoa-manager, written from its API documentation: a small
// plant behind the same functions, with their errors, callbacks and types. A test speaks to it
// by lines of JSON on standard input. The documentation leaves some things open: STANDIN has the
// words for what is done in another way than usual.

const { EventEmitter } = require('events');
const readline = require('readline');

const VARIANTS = new Set((process.env.STANDIN || '').split(' '));
const LANGUAGES = ['de_AT.utf8', 'en_US.utf8'];
const FORMATS = { StringActiveLanguage: 0, StringFixed: 1, Object: 2, Array: 3 };
const EVENTS = {};
for (const name of ['DpCreated', 'DpDeleted', 'DpRenamed']) EVENTS[name] = `event-${name}`;
for (const name of ['DpTypeCreated', 'DpTypeChanged', 'DpTypeDeleted']) EVENTS[name] = `event-${name}`;
const STRUCT = 1;
const FLOAT = 22;
const TYPES = { DYN_FLOAT: 6, DYN_STRING: 9, DYN_TIME: 10, INT: 21, FLOAT, BOOL: 23, BIT32: 24 };
Object.assign(TYPES, { STRING: 25, TIME: 26, LANG: 42, BLOB: 46, BIT64: 50, LONG: 54, ULONG: 58 });
const DEFAULTS = new Map([
  [6, () => []],
  [9, () => []],
  [10, () => []],
  [23, () => false],
  [25, () => ''],
  [26, () => new Date(0)],
  [42, () => ({ 'en_US.utf8': '', 'de_AT.utf8': '' })],
  [46, () => Buffer.alloc(0)],
  [50, () => new WinccoaBit64(0n)],
  [54, () => 0n],
  [58, () => 0n],
]);

class WinccoaError extends Error {
  constructor(code, message, dpe) {
    super(message);
    Object.assign(this, { code, catalog: '', priority: 1, errorType: 0, dpe, details: '' });
    this.errorTime = new Date();
    if (VARIANTS.has('several-errors') && Number.isInteger(code)) {
      const number = code === 7 ? 71 : code;
      const one = Object.assign(new Error(message), { code: String(number), details: '' });
      Object.assign(this, { code: 10000, details: [one, new Error('another')] });
    }
  }
}

class WinccoaBit64 {
  constructor(bits) {
    this.bits = BigInt(bits);
  }

  toString() {
    return this.bits.toString(2).padStart(64, '0');
  }
}

class WinccoaDpTypeNode {
  #made = true;

  constructor(name, type, refName = '', children = [], newName = '') {
    Object.assign(this, { name, type, refName, children, newName });
  }

  /** Throws unless it and all below were made by the constructor. */
  static check(node) {
    if (!(#made in node)) throw new TypeError('no WinccoaDpTypeNode');
    for (const child of node.children) WinccoaDpTypeNode.check(child);
  }
}

const leaf = (name, type) => new WinccoaDpTypeNode(name, type);

/** Types, datapoints and values. */
class Plant {
  constructor() {
    this.types = new Map();
    this.dps = new Map();
    this.elements = new Map();
    this.addType(leaf('Float', FLOAT));
    const all = Object.entries(TYPES).map(([name, type]) => leaf(name.toLowerCase(), type));
    this.addType(new WinccoaDpTypeNode('All', STRUCT, '', all));
    const value = [leaf('speed', FLOAT), leaf('running', TYPES.BOOL)];
    this.addType(
      new WinccoaDpTypeNode('Pump', STRUCT, '', [
        new WinccoaDpTypeNode('value', STRUCT, '', value),
        new WinccoaDpTypeNode('state', STRUCT, '', [leaf('text', TYPES.STRING)]),
      ])
    );
    for (const name of ['F1', 'F2', 'K', '_Internal']) this.create(name, 'Float');
    this.create('A', 'All');
    for (const name of ['pump_01', 'pump_02']) this.create(name, 'Pump');
  }

  addType(node) {
    this.types.set(node.name, node);
  }

  create(name, type) {
    this.dps.set(name, type);
    const add = (path, node) => {
      const make = DEFAULTS.get(node.type) || (() => 0);
      const holds = ![STRUCT].includes(node.type);
      this.elements.set(`${name}.${path}`, {
        name: `${name}.${path}`,
        type: node.type,
        holds,
        value: holds ? make() : undefined,
        stime: new Date(0),
        user: 0,
        history: [],
        connects: new Set(),
        alias: '',
        texts: { description: '', unit: '', format: '' },
      });
      for (const child of node.children) add(path ? `${path}.${child.name}` : child.name, child);
    };
    add('', this.types.get(type));
  }

  remove(name) {
    this.dps.delete(name);
    for (const key of [...this.elements.keys()]) {
      if (key.startsWith(`${name}.`)) this.elements.delete(key);
    }
  }
}

const typeName = (name) => (VARIANTS.has('type-systems') ? `System1:${name}` : name);
const local = (name) => name.replace(/^System1:/, '');

/** An expression for a pattern with * and ?, and braces. */
function matcher(pattern) {
  const source = pattern
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\*\*/g, '\u0001')
    .replace(/\*/g, '[^.:]*')
    .replace(/\u0001/g, '.*')
    .replace(/\?/g, '[^.:]')
    .replace(/\{/g, '(?:')
    .replace(/\}/g, ')')
    .replace(/,/g, '|');
  return new RegExp(`^${source}$`);
}

class WinccoaManager {
  constructor(options = {}) {
    this.options = options;
    this.plant = new Plant();
    this.sysConnect = new EventEmitter();
    this.connects = new Map();
    this.queries = new Map();
    this.userId = 0;
    this.users = new Map([
      ['root', 0],
      ['para', 1],
      ['operator1', 7],
    ]);
    this.next = 1;
    this.holding = null;
    readline.createInterface({ input: process.stdin }).on('line', (line) => this.told(line));
  }

  told(line) {
    const { op, ...given } = JSON.parse(line);
    if (op === 'set') this.apply(given.names, given.values, new Date());
    if (op === 'delete') this.dpDelete(given.dp);
    if (op === 'create') this.dpCreate(given.dp, given.type);
    if (op === 'renamed') this.event('dpRenamed', given);
    if (op === 'alias') this.plant.elements.get(given.dpe).alias = given.alias;
    if (op === 'many') {
      for (let at = 0; at < given.count; at++) this.plant.create(`M${at}`, 'Float');
    }
    if (op === 'hold') this.holding = [];
    if (op === 'burst') this.burst(given.count, given.rounds);
    if (op === 'history') {
      const one = this.plant.elements.get(given.dpe);
      for (let at = 0; at < given.count; at++) one.history.push([new Date(at * 1000), at, 0]);
    }
    if (op === 'user') {
      console.log(`STANDIN user ${this.plant.elements.get(given.dpe).user} own ${this.userId}`);
    }
    if (op === 'connects') {
      console.log(`STANDIN connects ${this.connects.size} queries ${this.queries.size}`);
    }
    console.log(`STANDIN ${op} done`);
  }

  burst(count, rounds) {
    let round = 1;
    const next = () => {
      for (let at = 0; at < count; at++) {
        this.apply([`System1:M${at}.`], [round], new Date());
      }
      if (round++ < rounds) setImmediate(next);
    };
    next();
  }

  // Names.

  find(name) {
    const [, element, attribute] = /^(?:System1:)?([^:]*?)(?::(_.*))?$/.exec(name) || [];
    const one = this.plant.elements.get(element) || this.plant.elements.get(`${element}.`);
    if (!one) throw new WinccoaError(7, 'DP does not exist', name);
    return { one, attribute: attribute || '_original.._value' };
  }

  /** A text in several languages, as the options say. */
  text(texts) {
    if (!VARIANTS.has('languages')) return texts;
    const { langStringFormat = FORMATS.Array } = this.options;
    const all = LANGUAGES.map((language) => texts[language]);
    return { 0: all[0], 1: all[0], 2: texts, 3: all }[langStringFormat];
  }

  event(name, details) {
    const key = name[0].toUpperCase() + name.slice(1);
    this.sysConnect.emit(VARIANTS.has('event-names') ? EVENTS[key] : name, details);
  }

  read(name) {
    const { one, attribute } = this.find(name);
    if (!one.holds) throw new WinccoaError(9, 'config does not exist', name);
    const key = attribute.split('.').pop();
    switch (key) {
      case '_value':
        return one.type === TYPES.LANG ? this.text(one.value) : one.value;
      case '_stime':
        return this.options.timeFormat === 'ms' ? one.stime.getTime() : one.stime;
      case '_user':
        return one.user;
      case '_status':
        return 257;
      case '_status64':
        return new WinccoaBit64(257n);
      case '_invalid':
      case '_aut_inv':
      case '_bad':
        return false;
      default:
        throw new WinccoaError(19, 'attribute does not exist', name);
    }
  }

  dpExists(name) {
    const dp = local(name).split('.')[0];
    if (VARIANTS.has('part-exists') && this.plant.dps.has(dp)) return true;
    try {
      const { attribute } = this.find(name);
      return /^_(original|online|offline|common|archive)\./.test(attribute);
    } catch {
      return this.plant.dps.has(local(name));
    }
  }

  dpNames(pattern = '*', type = '', ignoreCase = false) {
    const expression = matcher(local(pattern));
    const flags = ignoreCase ? 'i' : '';
    const fits = (name) => new RegExp(expression.source, flags).test(name);
    const shown = (name) => !name.startsWith('_') || local(pattern).startsWith('_');
    const of = (dp) => !type || this.plant.dps.get(dp) === type;
    if (!pattern.includes('.')) {
      const found = [...this.plant.dps.keys()].filter((dp) => fits(dp) && shown(dp) && of(dp));
      return found.map((dp) => `System1:${dp}`);
    }
    return [...this.plant.elements.keys()]
      .filter((name) => fits(name) && shown(name) && of(name.split('.')[0]))
      .map((name) => `System1:${name}`);
  }

  dpTypes(pattern = '*', systemId, withEmpty = true) {
    const used = new Set(this.plant.dps.values());
    const expression = matcher(pattern);
    return [...this.plant.types.keys()]
      .filter((name) => expression.test(name) && (withEmpty || used.has(name)))
      .map(typeName);
  }

  dpTypeName(dp) {
    const type = this.plant.dps.get(local(dp).split('.')[0]);
    if (!type) throw new WinccoaError(7, 'DP does not exist', dp);
    return typeName(type);
  }

  dpTypeRefName(dpe) {
    this.find(dpe);
    return '';
  }

  dpElementType(dpe) {
    return this.find(dpe).one.type;
  }

  dpAttributeType(name) {
    const { one, attribute } = this.find(name);
    const type = attribute.endsWith('_stime') ? TYPES.TIME : one.type;
    // The numbers of WinccoaCtrlType.
    return VARIANTS.has('ctrl-types') ? { 21: 327680, 22: 458752, 26: 196608 }[type] : type;
  }

  dpTypeGet(name) {
    const node = this.plant.types.get(name);
    if (!node) throw new WinccoaError(57, 'DP type does not exist', name);
    return node;
  }

  // Values.

  async dpGet(names) {
    await null;
    if (VARIANTS.has('one-value') && names.length === 1) return this.read(names[0]);
    return Array.isArray(names) ? names.map((name) => this.read(name)) : this.read(names);
  }

  dpSetWait(names, values) {
    return this.dpSetTimedWait(undefined, names, values);
  }

  dpSetTimedWait(time, names, values) {
    const all = Array.isArray(names) ? names : [names];
    const given = Array.isArray(names) ? values : [values];
    const user = this.userId;
    if (time !== undefined && !(time instanceof Date) && typeof time !== 'number') {
      throw new TypeError('time must be a Date or a number');
    }
    if (this.holding) {
      this.apply(all, given, new Date(), user);
      return new Promise((resolve) => this.holding.push(resolve));
    }
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          this.check(all, given);
          this.apply(all, given, time === undefined ? new Date() : new Date(time), user);
          resolve(true);
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  check(names, values) {
    names.forEach((name, at) => {
      const { one } = this.find(name);
      const value = values[at];
      const wrong = () => {
        throw new WinccoaError([new WinccoaError(11, 'cannot convert', name)], 'dpSet failed');
      };
      if (one.type === TYPES.TIME && !(value instanceof Date)) wrong();
      if (one.type === TYPES.BLOB && !Buffer.isBuffer(value)) wrong();
      if (one.type === FLOAT && (typeof value === 'bigint' || value === '' || !Number.isFinite(Number(value)))) wrong();
      if ([TYPES.LONG, TYPES.ULONG].includes(one.type) && typeof value !== 'bigint') wrong();
    });
  }

  apply(names, values, time, user = 0) {
    const changed = new Set();
    names.forEach((name, at) => {
      const { one } = this.find(name);
      let value = values[at];
      if (one.type === FLOAT) value = Number(value);
      if (one.type === TYPES.LANG && typeof value === 'string') {
        value = { ...one.value, 'en_US.utf8': value };
      }
      if (one.type === TYPES.BIT64) value = new WinccoaBit64(value);
      Object.assign(one, { value, stime: time, user });
      if (one.name === 'K.') one.history.push([time, value, user]);
      changed.add(one);
    });
    const touched = new Set();
    for (const one of changed) for (const connect of one.connects) touched.add(connect);
    for (const connect of touched) this.tell(connect, 0);
    for (const query of [...this.queries.values()].filter(Boolean)) {
      const rows = this.rows(query.sql).filter(([name]) => changed.has(this.find(name).one));
      if (rows.length) query.callback([this.header(query.sql), ...rows], 0);
    }
  }

  tell(connect, type) {
    const values = connect.names.map((name) => this.read(name));
    if (VARIANTS.has('one-value') && values.length === 1) {
      connect.callback(connect.names[0], values[0], type);
    } else connect.callback(connect.names, values, type);
  }

  dpConnect(callback, names, answer = true) {
    const all = Array.isArray(names) ? names : [names];
    const found = all.map((name) => this.find(name));
    if (found.some(({ attribute }) => attribute.startsWith('_offline'))) {
      throw new WinccoaError(53, 'config cannot be connected', all[0]);
    }
    const id = this.next++;
    const connect = { callback, names: all, elements: found.map(({ one }) => one) };
    this.connects.set(id, connect);
    for (const one of connect.elements) one.connects.add(connect);
    if (answer && VARIANTS.has('at-once')) this.tell(connect, 1);
    else if (answer) {
      setImmediate(() => {
        if (this.connects.has(id)) this.tell(connect, 1);
      });
    }
    return id;
  }

  dpDisconnect(id) {
    const connect = this.connects.get(id);
    if (!connect) throw new WinccoaError(32, 'no such connect');
    this.connects.delete(id);
    for (const one of connect.elements) one.connects.delete(connect);
  }

  // Queries: SELECT 'attribute', ... FROM 'pattern' [WHERE 'attribute' > number].

  parse(sql) {
    const found = /^SELECT ((?:'[^']*'(?:, )?)+) FROM '([^':]*)'(?: WHERE '([^']*)' ([<>]) (\S+))?$/;
    const parts = found.exec(sql);
    if (!parts) throw new WinccoaError(36, `syntax error in ${sql}`);
    return { attributes: parts[1].match(/[^', ]+/g), pattern: parts[2], where: parts.slice(3) };
  }

  header(sql) {
    return ['', ...this.parse(sql).attributes.map((one) => `:${one}`)];
  }

  rows(sql) {
    const { attributes, pattern, where } = this.parse(sql);
    const expression = matcher(pattern.includes('.') ? pattern : `${pattern}.`);
    const names = [...this.plant.elements.values()]
      .filter((one) => one.holds && expression.test(one.name) && !one.name.startsWith('_'))
      .map((one) => `System1:${one.name}`);
    const fits = (name) => {
      if (!where[0]) return true;
      const value = Number(this.read(`${name}:${where[0]}`));
      return where[1] === '>' ? value > Number(where[2]) : value < Number(where[2]);
    };
    return names
      .filter(fits)
      .map((name) => [name, ...attributes.map((one) => this.read(`${name}:${one}`))]);
  }

  async dpQuery(sql) {
    return [this.header(sql), ...this.rows(sql)];
  }

  dpQueryConnectSingle(callback, answer, sql) {
    const id = this.next++;
    let table;
    try {
      table = [this.header(sql), ...this.rows(sql)];
    } catch (error) {
      if (!VARIANTS.has('at-once')) throw error;
      // What WinCC OA refuses is told by the first and only callback.
      this.queries.set(id, null);
      callback(undefined, undefined, error);
      return id;
    }
    this.queries.set(id, { callback, sql });
    if (answer && VARIANTS.has('at-once')) callback(table, 1);
    else if (answer) setImmediate(() => callback(table, 1));
    return id;
  }

  dpQueryDisconnect(id) {
    if (!this.queries.delete(id)) throw new WinccoaError(32, 'no such query');
  }

  // History.

  async dpGetPeriod(start, end, names, count = 0) {
    const all = Array.isArray(names) ? names : [names];
    return all.map((name) => {
      const { one, attribute } = this.find(name);
      const of = (value) => (attribute.endsWith('_status64') ? new WinccoaBit64(257n) : value);
      const inside = one.history.filter(([time]) => time >= start && time <= end);
      const before = one.history.filter(([time]) => time < start).slice(count ? -count : Infinity);
      const after = one.history.filter(([time]) => time > end).slice(0, count);
      const found = [...before, ...inside, ...after];
      return { times: found.map(([time]) => time), values: found.map(([, value]) => of(value)) };
    });
  }

  // Structure.

  async dpCreate(name, type) {
    if (this.plant.dps.has(name)) throw new WinccoaError(34, 'DP exists', name);
    if (!this.plant.types.has(type)) throw new WinccoaError(57, 'DP type does not exist', type);
    this.plant.create(name, type);
    this.event('dpCreated', { dp: `System1:${name}`, dpType: type });
    return true;
  }

  async dpDelete(name) {
    if (!this.plant.dps.has(name)) throw new WinccoaError(7, 'DP does not exist', name);
    const type = this.plant.dps.get(name);
    for (const [id, connect] of this.connects) {
      if (connect.elements.some((one) => one.name.startsWith(`${name}.`))) {
        this.connects.delete(id);
      }
    }
    this.plant.remove(name);
    this.event('dpDeleted', { dp: `System1:${name}`, dpType: type });
    return true;
  }

  async dpCopy(from, to) {
    return this.dpCreate(to, local(await this.dpTypeName(from)));
  }

  async dpTypeCreate(node) {
    WinccoaDpTypeNode.check(node);
    if (this.plant.types.has(node.name)) throw new WinccoaError(35, 'type exists', node.name);
    this.plant.addType(node);
    this.event('dpTypeCreated', { type: node.name });
    return true;
  }

  async dpTypeChange(node) {
    WinccoaDpTypeNode.check(node);
    this.plant.addType(node);
    this.event('dpTypeChanged', { type: node.name });
    return true;
  }

  async dpTypeDelete(type) {
    if (!this.plant.types.delete(type)) throw new WinccoaError(57, 'no such type', type);
    this.event('dpTypeDeleted', { type });
    return true;
  }

  dpGetAlias(dpe) {
    return this.find(dpe).one.alias;
  }

  async dpSetAlias(dpe, alias) {
    this.find(dpe).one.alias = alias;
    return true;
  }

  dpAliasToName(alias) {
    const one = [...this.plant.elements.values()].find((element) => element.alias === alias);
    return one ? `System1:${one.name}` : '';
  }

  dpGetAllAliases() {
    const named = [...this.plant.elements.values()].filter((one) => one.alias);
    return {
      dpNames: named.map((one) => `System1:${one.name}`),
      aliases: named.map((one) => one.alias),
    };
  }

  getSystemName() {
    return 'System1:';
  }

  getSystemId() {
    return 1;
  }

  getUserId(name) {
    if (name === undefined) return this.userId;
    return this.users.has(name) ? this.users.get(name) : -1;
  }

  setUserId(id) {
    if (VARIANTS.has('no-way-back') && this.userId) return false;
    this.userId = id;
    return true;
  }

  getVersionInfo() {
    return { winccoa: { versionFull: 'stand-in' } };
  }

  getUserName(id) {
    for (const [name, number] of this.users) if (number === id) return name;
    return '';
  }

  isRedundant() {
    return true;
  }

  isReduActive() {
    return false;
  }

  async dpGetMaxAge(age, names) {
    process.stdout.write(`STANDIN dpGetMaxAge ${age}\n`);
    return this.dpGet(names);
  }

  exit(code) {
    process.exit(code);
  }
}

if (VARIANTS.has('nothing')) {
  // What finds nothing gives undefined, and what has many may give too few.
  for (const name of ['dpNames', 'dpTypes', 'dpGetAllAliases', 'dpTypeName', 'getVersionInfo']) {
    WinccoaManager.prototype[name] = () => undefined;
  }
  for (const name of ['dpGetAlias', 'dpGetUnit', 'isRedundant', 'getUserId']) {
    WinccoaManager.prototype[name] = () => undefined;
  }
  WinccoaManager.prototype.dpQuery = async () => [['', ':_online.._value'], undefined];
  WinccoaManager.prototype.dpGetPeriod = async (start, end, names) =>
    [].concat(names).map(() => ({ times: [new Date(1000), new Date(2000)], values: [1] }));
  const { dpGet } = WinccoaManager.prototype;
  WinccoaManager.prototype.dpGet = async function few(names) {
    const found = await dpGet.call(this, names);
    if (!Array.isArray(names)) return names.includes('F2') ? undefined : found;
    return found.filter((one, at) => !names[at].includes('F2'));
  };
}

if (VARIANTS.has('later')) {
  for (const name of ['dpTypeName', 'dpTypes', 'dpTypeGet', 'dpNames', 'dpGetAlias']) {
    const now = WinccoaManager.prototype[name];
    WinccoaManager.prototype[name] = async function later(...given) {
      return now.apply(this, given);
    };
  }
}

for (const text of ['Description', 'Unit', 'Format']) {
  const key = text.toLowerCase();
  WinccoaManager.prototype[`dpGet${text}`] = function get(dpe) {
    return this.text(this.find(dpe).one.texts[key]);
  };
  WinccoaManager.prototype[`dpSet${text}`] = async function set(dpe, value) {
    this.find(dpe).one.texts[key] = value;
    return true;
  };
}

module.exports = { WinccoaManager, WinccoaError, WinccoaDpTypeNode, WinccoaBit64 };
if (VARIANTS.has('languages')) module.exports.WinccoaLangStringFormat = FORMATS;
if (VARIANTS.has('event-names')) module.exports.WinccoaSysConEvent = EVENTS;
