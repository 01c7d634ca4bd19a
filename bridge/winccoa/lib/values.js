'use strict';
// Converts values between WinCC OA's JavaScript types and the JSON of the protocol.

const { BridgeError } = require('./errors');

const TIME = new Set([26, 10]);
const BLOB = new Set([46, 48]);
const LONG = new Set([54, 55, 58, 59]);
const FLOAT = new Set([22, 6]);

/** Converts values to JSON types and back. */
class Values {
  /**
   * @param oa the manager
   * @param language the language to use for texts in several languages
   */
  constructor(oa, language) {
    this.oa = oa;
    this.language = language;
    this.types = new Map();
  }

  /** To JSON: a time becomes ms, a blob base64, a langString the text of one language, NaN null. */
  out(value) {
    switch (typeof value) {
      case 'number':
        return Number.isFinite(value) ? value : null;
      case 'boolean':
      case 'string':
      case 'bigint':
        return value;
      case 'object':
        return this.outObject(value);
      default:
        return null;
    }
  }

  outObject(value) {
    if (value === null) return null;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime();
    if (Array.isArray(value)) return value.map((one) => this.out(one));
    if (ArrayBuffer.isView(value)) {
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    }
    const plain = typeof value.valueOf === 'function' ? value.valueOf() : value;
    if (plain !== value) return this.out(plain);
    const bits = bitsOf(value);
    return bits === null ? this.text(value) : bits;
  }

  /** The text of a langString. */
  text(texts) {
    const found = texts[this.language];
    if (typeof found === 'string') return found;
    const short = this.language.split('.')[0];
    const near = Object.keys(texts).find((one) => one.split('.')[0] === short);
    const text = near === undefined ? Object.values(texts)[0] : texts[near];
    return typeof text === 'string' ? text : text === undefined ? '' : this.out(text);
  }

  /** From JSON: the value that WinCC OA expects for an attribute. */
  into(element, attribute, value) {
    if (attribute.endsWith('._stime')) return toTime(value);
    if (!attribute.endsWith('._value')) return value;
    const type = this.typeOf(element);
    return Array.isArray(value) ? value.map((one) => oneOf(type, one)) : oneOf(type, value);
  }

  /** The number of an element's type; for a reference, that of the type it refers to. */
  typeOf(element) {
    let type = this.types.get(element);
    if (type === undefined) {
      type = Number(this.oa.dpElementType(element));
      this.types.set(element, type);
    }
    return type;
  }

  /** Forgets the types of elements, because a datapoint type has changed. */
  forget() {
    this.types.clear();
  }
}

/** Converts one value to an element type. */
function oneOf(type, value) {
  if (TIME.has(type)) return toTime(value);
  if (BLOB.has(type) && typeof value === 'string') return Buffer.from(value, 'base64');
  if (LONG.has(type) && Number.isInteger(value)) return BigInt(value);
  if (FLOAT.has(type) && typeof value === 'bigint') return Number(value);
  return value;
}

/** The number of a bit pattern (WinccoaBit64), or null if the object is not a bit pattern. */
function bitsOf(value) {
  if (!/Bit(32|64)/.test(value.constructor ? value.constructor.name : '')) return null;
  for (const key of ['value', 'bits', '_value']) {
    if (typeof value[key] === 'bigint' || typeof value[key] === 'number') return value[key];
  }
  const text = String(value);
  if (/^[01]{32,64}$/.test(text)) return BigInt(`0b${text}`);
  return /^\d+$/.test(text) ? BigInt(text) : null;
}

/** A Date, from ms or from an ISO text with up to nine digits after the second. */
function toTime(given) {
  if (given instanceof Date) return given;
  const text = typeof given === 'string' ? given.replace(/(\.\d{3})\d+/, '$1') : given;
  const time = new Date(text);
  if (given === null || Number.isNaN(time.getTime())) {
    throw new BridgeError(11, `${JSON.stringify(given)} is not a time`);
  }
  return time;
}

/** The ms of a time, which may be a Date. */
function toMs(time) {
  return time instanceof Date ? time.getTime() : Math.floor(Number(time));
}

/** An array of the members of a list. A single value is one member; undefined and null are none. */
function listOf(found) {
  if (found === undefined || found === null) return [];
  return typeof found === 'object' && Symbol.iterator in found ? [...found] : [found];
}

module.exports = { Values, listOf, toTime, toMs };
