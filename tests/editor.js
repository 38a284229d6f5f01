// What an editor shows in a Mopyfile: `.ci/editor` runs this with the YAML language server. The schema is found in two
// ways: through the entry for SchemaStore, from a catalog that is served here, and through the comment of the examples.
"use strict";
const assert = require("node:assert");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const rpc = require("vscode-jsonrpc/node");

const root = path.dirname(__dirname);
const read = (name) => fs.readFileSync(path.join(root, name), "utf8");
const entry = JSON.parse(read(".github/schemastore.json"));
const schema = read("example/mopyfile.schema.json");

async function main() {
  assert.strictEqual(entry.url, JSON.parse(schema).$id);
  const store = http.createServer((request, response) => {
    const url = `http://localhost:${store.address().port}/schema.json`;
    response.end(request.url === "/catalog.json" ? JSON.stringify({ schemas: [{ ...entry, url }] }) : schema);
  });
  await new Promise((listening) => store.listen(0, "localhost", listening));
  const schemaStore = { enable: true, url: `http://localhost:${store.address().port}/catalog.json` };
  const settings = { yaml: { schemaStore, completion: true, hover: true, validate: true } };

  const child = spawn(process.argv[2], ["--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const server = rpc.createMessageConnection(child.stdout, child.stdin);
  const diagnostics = new Map();
  server.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics: found }) => {
    diagnostics.get(uri)?.(found.map(({ message, range }) => `${range.start.line + 1}: ${message}`));
  });
  server.onRequest("workspace/configuration", ({ items }) => items.map(({ section }) => settings[section] ?? null));
  server.onRequest("client/registerCapability", () => null);
  server.onNotification(() => {});
  server.listen();
  const capabilities = { workspace: { configuration: true }, textDocument: { hover: { contentFormat: ["markdown"] } } };
  await server.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities });
  await server.sendNotification("initialized", {});
  await server.sendNotification("workspace/didChangeConfiguration", { settings });

  // opens a file, which need not exist, and gives its diagnostics
  const open = async (file, text) => {
    const uri = pathToFileURL(path.join(root, file)).href;
    const found = new Promise((resolve) => diagnostics.set(uri, resolve));
    await server.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId: "yaml", version: 1, text },
    });
    return { uri, found: await found };
  };
  const ask = (method, uri, line, character) =>
    server.sendRequest(`textDocument/${method}`, { textDocument: { uri }, position: { line: line - 1, character } });
  const completions = async (uri, line, character) =>
    (await ask("completion", uri, line, character)).items.map(({ label }) => label);
  const about = (key) => JSON.parse(schema).properties[key].description;
  const shows = async (uri, line, key) => {
    const hover = await ask("hover", uri, line, 1);
    // the server escapes what Markdown would take for markup
    assert.ok(hover?.contents.value.replaceAll("\\", "").includes(about(key)), `${uri}: ${hover?.contents.value}`);
  };

  for (const name of ["Mopyfile.yaml", "app/Mopyfile.yml", "app/shop.mopyfile.yaml"]) {
    const bad = await open(name, "#syntax=cmdjulian/mopy\n\npyhton: 3.13\nbase: alpine\nhea\n");
    assert.ok(bad.found.some((line) => line.startsWith("3: ") && line.includes("pyhton")), `${name}: ${bad.found}`);
    assert.ok(bad.found.some((line) => line.startsWith("4: ") && line.includes("distroless")), `${name}: ${bad.found}`);
    const keys = await completions(bad.uri, 5, 3);
    assert.ok(["python", "healthcheck", "runtime-deps"].every((key) => keys.includes(key)), `${name}: ${keys}`);
    const bases = await completions(bad.uri, 4, 6);
    assert.ok(["distroless", "slim"].every((base) => bases.includes(base)), `${name}: ${bases}`);
    await shows(bad.uri, 4, "base");
  }
  const other = await open("app/compose.yaml", "pyhton: 3.13\n");
  assert.deepStrictEqual(other.found, [], "not a Mopyfile");

  const examples = fs.readdirSync(path.join(root, "example"), { withFileTypes: true }).filter((e) => e.isDirectory());
  for (const { name } of examples) {
    // under a name that the catalog does not match, so that the comment is what finds the schema
    const file = `example/${name}/image.yaml`;
    const lines = read(`example/${name}/Mopyfile.yaml`).split("\n");
    const good = await open(file, lines.join("\n"));
    assert.deepStrictEqual(good.found, [], file);
    await shows(good.uri, lines.findIndex((line) => line.startsWith("python:")) + 1, "python");
  }
  console.log(`${examples.length} examples, ${entry.fileMatch.length} names: completion, hover and diagnostics work`);
  store.close();
  child.kill();
}

const late = setTimeout(() => fail(new Error("timed out after 60 seconds")), 60_000);
function fail(error) {
  console.error(error);
  process.exit(1);
}
main().then(() => process.exit(clearTimeout(late)), fail);
