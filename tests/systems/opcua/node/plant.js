"use strict";
// A program: an OPC UA server of node-opcua, told what to do by lines of JSON. Its plant is that
// of ../plant.py.

const readline = require("node:readline");
const {
  DataType,
  LocalizedText,
  OPCUACertificateManager,
  OPCUAServer,
  coerceStatusCode,
  StatusCodes,
  Variant,
  VariantArrayType,
} = require("node-opcua");

const URI = "urn:oagw:plant";
const PUMP = [
  ["speed", DataType.Double, 1.5],
  ["state", DataType.UInt16, 3],
  ["on", DataType.Boolean, true],
  ["count", DataType.Int64, [0xffffffff, 0xfffffffb]],
  ["name", DataType.String, "first"],
  ["levels", DataType.Double, new Float64Array([1, 2.5])],
  ["started", DataType.DateTime, new Date(1767323045678)],
  ["label", DataType.LocalizedText, new LocalizedText({ locale: "de-AT", text: "Pumpe" })],
  ["blob", DataType.ByteString, Buffer.from([0, 255])],
  ["serial", DataType.String, "A-1"],
];
const READ_ONLY = new Set(["serial"]);

class Plant {
  constructor(given) {
    this.given = given;
    this.variables = new Map();
  }

  async start() {
    const manager = new OPCUACertificateManager({
      rootFolder: this.given.pki,
      automaticallyAcceptUnknownCertificate: this.given.accept ?? true,
    });
    await manager.initialize();
    this.server = new OPCUAServer({
      host: "127.0.0.1",
      hostname: "127.0.0.1",
      port: this.given.port,
      resourcePath: "/",
      serverCertificateManager: manager,
      userCertificateManager: await this.users(this.given.users ?? {}),
      allowAnonymous: this.given.anonymous ?? true,
      userManager: { isValidUser: (user, password) => user === "oagw" && password === "geheim" },
      serverCapabilities: { operationLimits: this.given.limits ?? {}, ...this.given.capabilities },
      buildInfo: { productName: "oagw-test-plant" },
    });
    await this.server.initialize();
    this.make();
    await this.server.start();
  }

  // Who may log in by a certificate: anybody, or nobody.
  async users({ folder, accept }) {
    const users = new OPCUACertificateManager({
      rootFolder: folder ?? `${this.given.pki}-users`,
      automaticallyAcceptUnknownCertificate: accept ?? false,
    });
    await users.initialize();
    return users;
  }

  make() {
    const space = this.server.engine.addressSpace;
    for (const uri of this.given.uris ?? []) space.registerNamespace(uri);
    this.namespace = space.registerNamespace(URI);
    const folder = this.namespace.addFolder("ObjectsFolder", { browseName: "Plant" });
    for (const pump of this.given.pumps ?? ["Pump1", "Pump2"]) {
      const above = this.namespace.addObject({ organizedBy: folder, browseName: pump });
      for (const [name, dataType, value] of PUMP) this.add(above, `${pump}.${name}`, name, dataType, value);
    }
    this.add(space.rootFolder.objects, "top", "top", DataType.String, "hello", "organizedBy");
    const bulk = this.namespace.addFolder(folder, { browseName: "Bulk" });
    for (let number = 0; number < (this.given.bulk ?? 0); number++) {
      this.add(bulk, `v${number}`, `v${number}`, DataType.Double, 0);
    }
  }

  add(above, node, name, dataType, value, relation = "componentOf") {
    const isArray = value instanceof Float64Array;
    const variable = this.namespace.addVariable({
      [relation]: above,
      browseName: name,
      nodeId: `s=${node}`,
      dataType,
      valueRank: isArray ? 1 : -1,
      arrayDimensions: isArray ? [0] : null,
      accessLevel: READ_ONLY.has(name) ? "CurrentRead" : "CurrentRead | CurrentWrite",
      userAccessLevel: READ_ONLY.has(name) ? "CurrentRead" : "CurrentRead | CurrentWrite",
      minimumSamplingInterval: 0,
    });
    variable.setValueFromSource(
      new Variant({ dataType, value, arrayType: isArray ? VariantArrayType.Array : VariantArrayType.Scalar })
    );
    this.variables.set(node, { variable, dataType });
  }

  set({ node, value, status, time }) {
    const { variable, dataType } = this.variables.get(node);
    const moment = time === undefined ? new Date() : new Date(time);
    const code = status ? coerceStatusCode({ value: status }) : StatusCodes.Good;
    variable.setValueFromSource(new Variant({ dataType, value }), code, moment);
  }

  history({ node }) {
    this.server.engine.addressSpace.installHistoricalDataNode(this.variables.get(node).variable);
  }

  async burst({ rounds, values, pause }) {
    for (let number = 1; number <= rounds; number++) {
      for (let at = 0; at < values; at++) {
        this.variables.get(`v${at}`).variable.setValueFromSource({ dataType: DataType.Double, value: number });
      }
      await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    }
  }
}

async function main() {
  const plant = new Plant(JSON.parse(process.argv[2]));
  await plant.start();
  console.log("ready");
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const told = JSON.parse(line);
    await plant[told.op](told);
    console.log("done");
  }
  process.exit(0);
}

main();
