'use strict';
// Names: System:Dp.element:_config.detail._attribute

/** The element (with its system) and the attribute of a name. The attribute may be empty. */
function split(name) {
  const at = name.indexOf(':_', name.indexOf('.'));
  if (at < 0) return { element: name, attribute: '' };
  return { element: name.slice(0, at), attribute: name.slice(at + 1) };
}

/** Adds an attribute to a name that has none. */
function complete(name, attribute) {
  return split(name).attribute ? name : `${name}:${attribute}`;
}

/** The datapoint of a name, with its system. */
function datapoint(name) {
  const { element } = split(name);
  const start = element.indexOf(':') + 1;
  const dot = element.indexOf('.', start);
  return dot < 0 ? element : element.slice(0, dot);
}

/** A name without its system. */
function local(name) {
  return name.slice(name.indexOf(':') + 1);
}

module.exports = { split, complete, datapoint, local };
