'use strict';
// Errors of WinCC OA and of this program, as the wire has them.

/** An error with a WinCC OA number. */
class BridgeError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Errors by name: a command over several names was refused as a whole. */
class NamesRefused extends Error {
  constructor(errors) {
    super('names were refused');
    this.errors = errors;
  }
}

const UNEXPECTED = 54;
//: Numbers that mean what another does: no such datapoint.
const SAME = new Map([[71, 7]]);

/** The first error with a number: several are in the place of the code, or in the details. */
function firstOf(error) {
  if (Array.isArray(error)) return error.length ? firstOf(error[0]) : null;
  for (const several of [error && error.code, error && error.details]) {
    if (Array.isArray(several) && several[0] instanceof Error) return firstOf(several[0]);
  }
  return error;
}

/** Number and sentence of whatever was thrown. */
function describe(error) {
  const first = firstOf(error);
  const number = first ? Number(first.code) : 0;
  const known = Number.isInteger(number) && number !== 0;
  const code = known ? SAME.get(number) || number : UNEXPECTED;
  const parts = [first && first.message, first && first.details].filter(
    (part) => typeof part === 'string' && part
  );
  const message = parts.length ? [...new Set(parts)].join(': ') : String(error);
  return { Code: code, Message: message };
}

/** The fields of an answer that an error is. */
function fields(error) {
  if (error instanceof NamesRefused) {
    const first = Object.values(error.errors)[0];
    return { Error: first.Code, Message: first.Message, Errors: error.errors };
  }
  const { Code, Message } = describe(error);
  return { Error: Code, Message };
}

/** The fields of an answer that has errors of some names, if any. */
function partial(errors) {
  const first = Object.values(errors)[0];
  return first ? { Error: first.Code, Message: first.Message, Errors: errors } : { Error: 0 };
}

module.exports = { BridgeError, NamesRefused, describe, fields, partial };
