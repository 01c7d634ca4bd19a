'use strict';
// SysConnect: what happens to datapoints and types.

const EVENTS = [
  'dpCreated',
  'dpDeleted',
  'dpRenamed',
  'dpTypeCreated',
  'dpTypeChanged',
  'dpTypeDeleted',
];
const NAME_KEYS = ['dp', 'dpName', 'name', 'dpe', 'oldName', 'from'];
const TYPE_KEYS = ['type', 'typeName', 'dpType', 'dpTypeName'];
const NEW_KEYS = ['newName', 'newDp', 'to'];

/** One listener for the process; whoever is connected is told. */
class Events {
  constructor(oa, system) {
    this.system = system;
    this.listeners = new Set();
    for (const event of EVENTS) {
      try {
        oa.sysConnect.on(event, (...args) => this.happened(event, args));
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
    const body = { Event: event, Dp: this.complete(find(NAME_KEYS) || texts[0] || '') };
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
