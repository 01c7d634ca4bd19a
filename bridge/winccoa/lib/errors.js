'use strict';
// Errors of WinCC OA and of the bridge, in the form of the protocol.

/** An error with a WinCC OA number. */
class BridgeError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** A command with several names was refused as a whole; errors has the error of each name. */
class NamesRefused extends Error {
  constructor(errors) {
    super('names were refused');
    this.errors = errors;
  }
}

const UNEXPECTED = 54;
//: Numbers with the same meaning: 71 and 7 are an unknown datapoint.
const SAME = new Map([[71, 7]]);

/** The first error. WinCC OA may give a list of errors, or an error with a list in code or details. */
function firstOf(error) {
  if (Array.isArray(error)) return error.length ? firstOf(error[0]) : null;
  for (const several of [error && error.code, error && error.details]) {
    if (Array.isArray(several) && several[0] instanceof Error) return firstOf(several[0]);
  }
  return error;
}

/** The number and the message of anything that was thrown. */
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

/** The fields of an answer for an error. */
function fields(error) {
  if (error instanceof NamesRefused) {
    const first = Object.values(error.errors)[0];
    return { Error: first.Code, Message: first.Message, Errors: error.errors };
  }
  const { Code, Message } = describe(error);
  return { Error: Code, Message };
}

/** The error fields of an answer in which some names may have errors. */
function partial(errors) {
  const first = Object.values(errors)[0];
  return first ? { Error: first.Code, Message: first.Message, Errors: errors } : { Error: 0 };
}

module.exports = { BridgeError, NamesRefused, describe, fields, partial };
