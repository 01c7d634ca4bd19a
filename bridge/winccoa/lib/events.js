'use strict';
// SysConnect: reports changes of datapoints and types.

//: The events, and their names in the module's WinccoaSysConEvent.
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

/** Listens to WinCC OA once for the whole process, and passes events to all listeners. */
class Events {
  constructor(oa, module, system) {
    this.system = system;
    this.listeners = new Set();
    const names = module.WinccoaSysConEvent || {};
    for (const [event, key] of Object.entries(EVENTS)) {
      try {
        oa.sysConnect.on(names[key] === undefined ? event : names[key], (...args) => this.happened(event, args));
      } catch (error) {
        console.warn(`oagw: events ${event} are not available: ${error.message}`);
      }
    }
  }

  happened(event, args) {
    const body = this.read(event, args);
    for (const listener of this.listeners) listener(body);
  }

  /** The fields of an event. WinCC OA may pass one object, or texts in a fixed order. */
  read(event, args) {
    const given = args.find((one) => one && typeof one === 'object' && !Array.isArray(one)) || {};
    const texts = args.filter((one) => typeof one === 'string');
    const find = (keys) => keys.map((key) => given[key]).find((one) => typeof one === 'string');
    if (event.startsWith('dpType')) {
      return { Event: event, Type: find([...TYPE_KEYS, ...NAME_KEYS]) || texts[0] || '' };
    }
    // In dpRenamed, dp may be the new name.
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
