'use strict';
// The connection to the gateway. The plant opens it, and opens it again when it is lost.

const WebSocket = require('ws');

const { Session } = require('./session');

//: ms: the shortest and the longest time between two attempts to connect, and the time without
//: any message after which the bridge closes the connection.
const SHORTEST = 500;
const LONGEST = 30000;
const SILENCE = 60000;
//: The largest message that the gateway may send, in bytes.
const LARGEST = 256 * 1024 * 1024;

class Connection {
  constructor(config, begin) {
    this.config = config;
    this.begin = begin;
    this.failures = 0;
    this.reason = '';
  }

  dial() {
    const { url, user, password, ca } = this.config;
    const login = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
    const socket = new WebSocket(url, {
      ca,
      headers: { Authorization: `Basic ${login}` },
      handshakeTimeout: 10000,
      maxPayload: LARGEST,
      perMessageDeflate: false,
    });
    let session = null;
    let silence = null;
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        this.reason = 'the gateway does not send anything';
        socket.terminate();
      }, SILENCE);
    };
    socket.on('open', () => {
      console.info(`oagw: connected to ${url}`);
      this.failures = 0;
      session = this.begin(socket);
      alive();
    });
    socket.on('message', (data, isBinary) => {
      alive();
      if (!isBinary) session.receive(data.toString('utf8'));
    });
    socket.on('ping', alive);
    socket.on('unexpected-response', (request, response) => {
      const why = response.statusCode === 401 ? ': user or password are wrong' : '';
      this.reason = `the gateway refuses the connection with ${response.statusCode}${why}`;
      request.destroy();
      socket.terminate();
    });
    socket.on('error', (error) => {
      this.reason = this.reason || error.message;
    });
    socket.on('close', (code, reason) => {
      clearTimeout(silence);
      if (session) session.close();
      this.again(this.reason || String(reason) || `code ${code}`);
    });
  }

  again(reason) {
    this.reason = '';
    const delay = Math.min(SHORTEST * 2 ** this.failures, LONGEST) * (0.75 + Math.random() / 2);
    this.failures = Math.min(this.failures + 1, 20);
    console.warn(`oagw: not connected: ${reason}; trying again in ${(delay / 1000).toFixed(1)} s`);
    setTimeout(() => this.dial(), delay);
  }
}

/** Returns a function that begins a session on a socket. */
function beginner(oa, module, values, events) {
  return (socket) => new Session(oa, module, values, events, socket);
}

module.exports = { Connection, beginner };
