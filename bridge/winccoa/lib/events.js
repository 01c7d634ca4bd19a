'use strict';
// SysConnect: what happens to datapoints and types.

//: Events, and what they are called in the module's WinccoaSysConEvent.
const EVENTS = {
  dpCreated: 'DpCreated',
  dpDeleted: 'DpDeleted',
  dpRenamed: 'DpRenamed',
  dpTypeCreated: 'DpTypeCreated',
  dpTypeChanged: 'DpTypeChanged',
  dpTypeDeleted: 'DpTypeDeleted',
};
const NAME_KEYS = ['dp', 'dpName', 'name', 'dpe'];
const OLD_KEYS = ['oldName', 'oldDp', 'from'];
const TYPE_KEYS = ['type', 'typeName', 'dpType', 'dpTypeName'];
const NEW_KEYS = ['newName', 'newDp', 'to'];

/** One listener for the process; whoever is connected is told. */
class Events {
  constructor(oa, module, system) {
    this.system = system;
    this.listeners = new Set();
    const names = module.WinccoaSysConEvent || {};
    for (const [event, key] of Object.entries(EVENTS)) {
      try {
        oa.sysConnect.on(names[key] === undefined ? event : names[key], (...args) => this.happened(event, args));
      } catch (error) {
        console.warn(`oagw: no events ${event}: ${error.message}`);
      }
    }
  }

  happened(event, args) {
    const told = this.read(event, args);
    for (const listener of this.listeners) listener(told);
  }

  /** The fields of an event, from one object or from its arguments in order. */
  read(event, args) {
    const given = args.find((one) => one && typeof one === 'object' && !Array.isArray(one)) || {};
    const texts = args.filter((one) => typeof one === 'string');
    const find = (keys) => keys.map((key) => given[key]).find((one) => typeof one === 'string');
    if (event.startsWith('dpType')) {
      return { Event: event, Type: find([...TYPE_KEYS, ...NAME_KEYS]) || texts[0] || '' };
    }
    // After a change of name, dp may be the new one.
    const keys = event === 'dpRenamed' ? [...OLD_KEYS, ...NAME_KEYS] : NAME_KEYS;
    const body = { Event: event, Dp: this.complete(find(keys) || texts[0] || '') };
    const fresh = find(NEW_KEYS) || (event === 'dpRenamed' ? texts[1] : undefined);
    if (fresh) body.NewName = this.complete(fresh);
    const type = find(TYPE_KEYS) || (event === 'dpRenamed' ? texts[2] : texts[1]);
    if (type) body.Type = type;
    return body;
  }

  complete(name) {
    const plain = name.replace(/\.$/, '');
    return plain.includes(':') ? plain : `${this.system}:${plain}`;
  }
}

module.exports = { Events };
