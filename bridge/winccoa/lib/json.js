'use strict';
// JSON that keeps whole numbers beyond 2^53, which are BigInt here.

const { randomBytes } = require('crypto');

//: Begins a text that stands for a number; nobody else's text begins so.
const BIG = `big-${randomBytes(12).toString('hex')}:`;
const MARKED = new RegExp(`"${BIG}(-?\\d+)"`, 'g');
//: Texts and numbers as a whole: the digits after a point are no number of their own.
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const LONG_NUMBER = /^-?\d{16,}$/;

/** Reads a text; whole numbers of 16 digits and more that a double cannot hold are BigInt. */
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

/** Writes a value; BigInts become numbers. */
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
