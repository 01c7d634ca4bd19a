'use strict';
// Commands that find and change datapoints, types and aliases.

const { BridgeError, describe, partial } = require('./errors');
const { existing } = require('./reading');
const { datapoint, local, split } = require('./names');
const { listOf } = require('./values');

//: Element type by CTRL type. WinCC OA's numbers of CTRL types are 65536 times the keys.
const CTRL_TYPES = new Map([
  [3, 26],
  [4, 23],
  [5, 21],
  [6, 20],
  [7, 22],
  [8, 25],
  [9, 24],
  [10, 19],
  [13, 10],
  [14, 7],
  [15, 5],
  [16, 4],
  [17, 6],
  [18, 9],
  [19, 8],
  [20, 3],
  [40, 42],
  [41, 44],
  [46, 46],
  [70, 54],
  [71, 55],
  [73, 58],
  [74, 59],
  [76, 50],
  [77, 51],
]);

class Structure {
  /**
   * @param module the module winccoa-manager, for its class of type nodes
   */
  constructor(oa, values, module) {
    this.oa = oa;
    this.values = values;
    this.module = module;
  }

  async names({ Pattern, Type, IgnoreCase }) {
    const more = IgnoreCase ? [Type || undefined, true] : Type ? [Type] : [];
    const found = await this.oa.dpNames(Pattern || '*', ...more);
    // If there are no names, dpNames returns undefined.
    return { Values: listOf(found) };
  }

  async types({ Pattern, WithEmpty }) {
    const pattern = local(Pattern || '*');
    const more = WithEmpty === false ? [undefined, false] : [];
    const found = await this.oa.dpTypes(pattern, ...more);
    return { Values: listOf(found).map(local).sort() };
  }

  async typeGet({ Type, WithSubtypes }) {
    const node = await this.oa.dpTypeGet(local(Type), Boolean(WithSubtypes));
    if (!node) throw new BridgeError(57, `there is no datapoint type '${local(Type)}'`);
    return { Value: nodeOut(node) };
  }

  /** Returns a handler that calls ask for each name of a command. */
  about(ask) {
    return async (command) => {
      const single = command.Dps === undefined;
      const names = single ? [command.Dp] : command.Dps;
      const values = {};
      const errors = {};
      for (const name of names) {
        try {
          values[name] = this.values.out(await ask(name));
        } catch (error) {
          const { [name]: why } = existing(this.oa, [name]).errors;
          errors[name] = why || describe(error);
        }
      }
      if (!single) return { Values: values, ...partial(errors) };
      if (names[0] in errors) {
        throw new BridgeError(errors[names[0]].Code, errors[names[0]].Message);
      }
      return { Value: values[names[0]] };
    };
  }

  exists(name) {
    const { element, attribute } = split(name);
    // The gateway adds the alias attribute to names, because structures have it too. Then check
    // only the element.
    const asked = !attribute || attribute === '_common.._alias' ? element : name;
    return this.oa.dpExists(asked) && (!element.includes('.') || this.isElement(element));
  }

  /** Whether an element exists; dpExists may also accept a part of a name. */
  isElement(element) {
    try {
      return Number(this.oa.dpElementType(element)) > 0;
    } catch {
      return false;
    }
  }

  checked(name) {
    const { [name]: why } = existing(this.oa, [name]).errors;
    if (why) throw new BridgeError(why.Code, why.Message);
    return split(name).element;
  }

  async typeName(name) {
    const found = await this.oa.dpTypeName(datapoint(this.checked(name)));
    if (!found) throw new BridgeError(54, `dpTypeName returns nothing for '${name}'`);
    return local(found);
  }

  async elementType(name) {
    return Number(await this.oa.dpElementType(this.checked(name)));
  }

  async typeRefName(name) {
    const found = await this.oa.dpTypeRefName(this.checked(name));
    if (!found) throw new BridgeError(8, `'${name}' is not a reference to a type`);
    return local(found);
  }

  async attributeType(name) {
    this.checked(name);
    return elementTypeOf(Number(await this.oa.dpAttributeType(name)));
  }

  /** All aliases; the gateway selects. */
  async allAliases() {
    const found = await this.oa.dpGetAllAliases('*', '*.**');
    return { Values: aliasesOf(found) };
  }

  async change(name, call) {
    const done = await call();
    if (done === false) throw new BridgeError(54, `WinCC OA has refused: ${name}`);
    return {};
  }

  create({ Dp, Type }) {
    return this.change(`dpCreate ${Dp}`, () => this.oa.dpCreate(local(Dp), Type));
  }

  delete({ Dp }) {
    return this.change(`dpDelete ${Dp}`, () => this.oa.dpDelete(local(Dp)));
  }

  copy({ From, To }) {
    return this.change(`dpCopy ${From}`, () => this.oa.dpCopy(local(From), local(To)));
  }

  rename({ Dp, NewName }) {
    if (typeof this.oa.dpRename !== 'function') {
      throw new BridgeError(53, "WinCC OA's JavaScript manager cannot rename a datapoint");
    }
    return this.change(`dpRename ${Dp}`, () => this.oa.dpRename(local(Dp), local(NewName)));
  }

  typeCreate({ Node }) {
    const node = this.nodeIn(Node, true);
    return this.change(`dpTypeCreate ${node.name}`, () => this.oa.dpTypeCreate(node));
  }

  typeChange({ Node }) {
    this.values.forget();
    const node = this.nodeIn(Node, true);
    return this.change(`dpTypeChange ${node.name}`, () => this.oa.dpTypeChange(node));
  }

  typeDelete({ Type }) {
    return this.change(`dpTypeDelete ${Type}`, () => this.oa.dpTypeDelete(local(Type)));
  }

  /** A WinccoaDpTypeNode, if the module has that class. */
  nodeIn(node, isRoot) {
    const name = isRoot ? local(node.Name) : node.Name;
    const children = (node.Children || []).map((child) => this.nodeIn(child, false));
    const { Type: type, RefName: refName = '', NewName: newName = '' } = node;
    const Class = this.module.WinccoaDpTypeNode;
    if (Class) return new Class(name, type, refName, children, newName);
    return { name, type, refName, children, newName };
  }
}

/** The number of an element type, from the number of a CTRL type (WinccoaCtrlType). */
function elementTypeOf(number) {
  const type = CTRL_TYPES.get(number >> 16);
  return type === undefined ? number : type;
}

function nodeOut(node) {
  return {
    Name: local(node.name),
    Type: Number(node.type),
    RefName: local(node.refName || ''),
    Children: (node.children || []).map(nodeOut),
  };
}

/** Alias by element. WinCC OA may return two lists, pairs or a mapping. */
function aliasesOf(found) {
  if (found && Array.isArray(found.dpNames) && Array.isArray(found.aliases)) {
    return Object.fromEntries(found.dpNames.map((name, at) => [name, found.aliases[at]]));
  }
  const isName = (text) => /^[^:]*:[^:]+\./.test(text);
  const pairs = [];
  const add = (one, other) => pairs.push(isName(one) ? [one, other] : [other, one]);
  if (found instanceof Map) {
    for (const [one, other] of found) add(one, other);
  } else if (Array.isArray(found)) {
    const areLists = found.length === 2 && found.every(Array.isArray);
    if (areLists) found[0].forEach((one, at) => add(one, found[1][at]));
    else for (const one of found) add(...(Array.isArray(one) ? one : Object.values(one)));
  } else if (found && typeof found === 'object') {
    const lists = Object.values(found);
    const areLists = lists.length === 2 && lists.every(Array.isArray);
    if (areLists) lists[0].forEach((one, at) => add(one, lists[1][at]));
    else for (const [one, other] of Object.entries(found)) add(one, other);
  }
  return Object.fromEntries(pairs.filter((pair) => pair.every((one) => typeof one === 'string')));
}

module.exports = { Structure };
