'use strict';
// A session: receives commands from the gateway, and sends answers and changes.

const json = require('./json');
const { BridgeError, fields } = require('./errors');
const { History } = require('./history');
const { Informing } = require('./informing');
const { Querying } = require('./querying');
const { Reading, Setting } = require('./reading');
const { Structure } = require('./structure');
const { Users } = require('./users');
const { Watching } = require('./watching');

//: If more bytes than this wait to be sent, changes are conflated.
const MUCH = 8 * 1024 * 1024;

const EMPTY = {
  DpGet: { Values: {} },
  DpGetMaxAge: { Values: {} },
  DpWatch: { Values: {} },
  DpGetPeriod: { Values: {} },
  DpQuery: { Header: [], Values: [] },
  DpQueryConnect: { Header: [], Values: [] },
  DpNames: { Values: [] },
  DpTypes: { Values: [] },
  DpGetAllAliases: { Values: {} },
};

class Session {
  constructor(oa, module, values, events, socket) {
    this.socket = socket;
    this.events = events;
    this.values = values;
    const send = (message, always) => this.send(message, always);
    const reading = new Reading(oa, values);
    const setting = new Setting(oa, values, new Users(oa));
    this.watching = new Watching(oa, values, reading, send);
    this.querying = new Querying(oa, values, send);
    const history = new History(oa, values, () => this.drained());
    const structure = new Structure(oa, values, module);
    const informing = new Informing(oa);
    this.listener = null;
    this.handlers = {
      DpGet: ({ Dps }) => reading.get(Dps),
      DpGetMaxAge: ({ Dps, Age }) => reading.get(Dps, Age),
      Ping: () => ({}),
      IsRedundant: () => informing.redundant(),
      IsReduActive: () => informing.reduActive(),
      GetUserId: (command) => informing.userId(command),
      GetUserName: (command) => informing.userName(command),
      GetVersionInfo: () => informing.version(),
      DpSet: async (command) => {
        const done = await setting.set(command);
        if (done === false) throw new BridgeError(67, 'WinCC OA has refused the set');
        return command.Wait ? {} : null;
      },
      DpWatch: ({ Dps }) => this.watching.add(Dps),
      DpUnwatch: ({ Dps }) => this.watching.remove(Dps),
      DpQuery: (command) => this.querying.query(command),
      DpQueryConnect: (command) => this.querying.connect(command),
      DpQueryDisconnect: (command) => this.querying.disconnect(command),
      DpGetPeriod: (command) =>
        history.period(command, (body) => this.answer('DpGetPeriod', command.Id, body)),
      DpNames: (command) => structure.names(command),
      DpTypes: (command) => structure.types(command),
      DpTypeGet: (command) => structure.typeGet(command),
      DpExists: structure.about((name) => structure.exists(name)),
      DpTypeName: structure.about((name) => structure.typeName(name)),
      DpElementType: structure.about((name) => structure.elementType(name)),
      DpTypeRefName: structure.about((name) => structure.typeRefName(name)),
      DpAttributeType: structure.about((name) => structure.attributeType(name)),
      DpGetAlias: structure.about((name) => oa.dpGetAlias(name)),
      DpGetAllAliases: () => structure.allAliases(),
      DpCreate: (command) => structure.create(command),
      DpDelete: (command) => structure.delete(command),
      DpCopy: (command) => structure.copy(command),
      DpRename: (command) => structure.rename(command),
      DpTypeCreate: (command) => structure.typeCreate(command),
      DpTypeChange: (command) => structure.typeChange(command),
      DpTypeDelete: (command) => structure.typeDelete(command),
      SysConnect: ({ Id }) => this.sysConnect(Id),
    };
  }

  /** Starts a command from the gateway at once, so that commands take effect in their order. */
  receive(text) {
    let name;
    let command;
    try {
      [[name, command]] = Object.entries(json.parse(text));
      if (!command || typeof command !== 'object') throw new Error('the command has no arguments');
    } catch (error) {
      this.respond(undefined, `not a command of this protocol: ${error.message}`);
      return;
    }
    const handler = Object.hasOwn(this.handlers, name) ? this.handlers[name] : null;
    if (!handler) {
      this.respond(command && command.Id, `the bridge does not know ${name}`);
      return;
    }
    this.run(name, command, handler);
  }

  async run(name, command, handler) {
    let body;
    try {
      body = await handler(command);
    } catch (error) {
      body = { ...fields(error), ...EMPTY[name] };
      if (body.Error === 54) console.warn(`${name}: ${body.Message}`);
    }
    if (body !== null) this.answer(name, command.Id, { Error: 0, ...body });
  }

  sysConnect(id) {
    this.listener = (event) => this.happened(id, event);
    this.events.listeners.add(this.listener);
    return {};
  }

  happened(id, event) {
    if (event.Event !== 'dpCreated') this.values.forget();
    if (event.Event === 'dpDeleted' || event.Event === 'dpRenamed') {
      this.watching.deleted(event.Dp);
      this.querying.deleted(event.Dp);
    }
    this.answer('SysConnect', id, { Error: 0, ...event });
  }

  respond(id, message) {
    const body = id === undefined ? {} : { Id: id };
    this.send({ Response: { ...body, Code: 36, Message: message } }, true);
  }

  /** Sends earlier changes first, then the answer. */
  answer(name, id, body) {
    this.watching.flush();
    this.send({ [`${name}Result`]: { Id: id, ...body } }, true);
  }

  /**
   * Sends a message. Returns false, and sends nothing, if too many bytes wait.
   *
   * @param always sends the message even then
   */
  send(message, always) {
    if (this.socket.readyState !== 1) return true;
    if (!always && this.socket.bufferedAmount > MUCH) return false;
    this.socket.send(json.stringify(message));
    return true;
  }

  /** Resolves when few enough bytes wait to be sent. */
  async drained() {
    while (this.socket.readyState === 1 && this.socket.bufferedAmount > MUCH) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close() {
    if (this.listener) this.events.listeners.delete(this.listener);
    this.watching.close();
    this.querying.close();
  }
}

module.exports = { Session };
