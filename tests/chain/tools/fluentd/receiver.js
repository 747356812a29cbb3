// Receives with the Fluent organisation's own server and writes each event to a file, as a line of JSON.
// Usage: node receiver.js FILE [OPTIONS as JSON]; prints one line with the port when it listens.
"use strict";
const fs = require("node:fs");
const { FluentServer, EventTime } = require("@fluent-org/logger");

class Receiver extends FluentServer {
  constructor(file, options) {
    super(options);
    this.file = fs.openSync(file, "a");
  }

  // Written before this returns; what was acknowledged may still be lost when it is killed in between.
  onEntry(tag, time, record) {
    const at = time instanceof EventTime ? [time.epoch, time.nano] : time;
    fs.writeSync(this.file, JSON.stringify({ tag, time: at, record }) + "\n");
  }
}

async function main() {
  const options = JSON.parse(process.argv[3] || "{}");
  const server = new Receiver(process.argv[2], { listenOptions: { port: 0, host: "127.0.0.1" }, ...options });
  await server.listen();
  process.stdout.write(JSON.stringify({ port: server.port }) + "\n");
}

main();
