'use strict';
// JSON with exact whole numbers beyond 2^53; in JavaScript they are BigInt.

const { randomBytes } = require('crypto');

//: Prefix of a text that stands for a number. It is random, so no other text begins with it.
const BIG = `big-${randomBytes(12).toString('hex')}:`;
const MARKED = new RegExp(`"${BIG}(-?\\d+)"`, 'g');
//: Matches whole texts and whole numbers, including the digits after a point.
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const LONG_NUMBER = /^-?\d{16,}$/;

/** Reads JSON. Whole numbers of 16 or more digits become BigInt if a double cannot hold them. */
function parse(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  let found = false;
  const marked = text.replace(TOKEN, (part) => {
    if (!LONG_NUMBER.test(part) || Number.isSafeInteger(Number(part))) return part;
    found = true;
    return JSON.stringify(BIG + part);
  });
  if (!found) return JSON.parse(text);
  return JSON.parse(marked, (key, value) =>
    typeof value === 'string' && value.startsWith(BIG) ? BigInt(value.slice(BIG.length)) : value
  );
}

/** Writes a value as JSON. BigInts become numbers. */
function stringify(value) {
  let found = false;
  const text = JSON.stringify(value, (key, one) => {
    if (typeof one !== 'bigint') return one;
    const number = Number(one);
    if (Number.isSafeInteger(number)) return number;
    found = true;
    return BIG + one;
  });
  return found ? text.replace(MARKED, '$1') : text;
}

module.exports = { parse, stringify };
