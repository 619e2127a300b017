// ONNX Runtime's build for browsers, as an engine of the conformance report: one JSON object on stdin,
// one line of JSON on stdout, tensors as files of little-endian 32-bit floats.
//
//     node run_model.mjs FOLDER    the folder where `npm ci` installed package-lock.json

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const oneLine = (error) => String(error?.message ?? error).split(/\s+/).join(" ").trim();

async function main(folder) {
  const require = createRequire(join(resolve(folder), "package.json"));
  const ort = require("onnxruntime-web");
  ort.env.wasm.numThreads = 1; // sums in the same order each time
  ort.env.logLevel = "error"; // what matters is thrown as well

  const request = JSON.parse(readFileSync(0, "utf8"));
  let session;
  try {
    session = await ort.InferenceSession.create(readFileSync(request.model), { executionProviders: ["wasm"] });
  } catch (error) {
    throw new Error(`${request.model}: ${oneLine(error)}`);
  }
  const cases = [];
  for (const one of request.cases) {
    try {
      cases.push({ shapes: await run(ort, session, one) });
    } catch (error) {
      cases.push({ error: oneLine(error) });
    }
  }
  const version = ort.env.versions.web ?? ort.env.versions.common;
  console.log(JSON.stringify({ engine: `onnxruntime-web ${version}, WebAssembly in Node ${process.versions.node}`, cases }));
}

async function run(ort, session, { inputs, outputs }) {
  const feeds = {};
  for (const [name, { file, shape }] of Object.entries(inputs)) {
    const bytes = readFileSync(file);
    // Copied, since a view has to begin at a multiple of four bytes.
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    feeds[name] = new ort.Tensor("float32", values, shape);
  }
  const made = await session.run(feeds, Object.keys(outputs));
  const shapes = {};
  for (const [name, file] of Object.entries(outputs)) {
    writeFileSync(file, Buffer.from(made[name].data.buffer, made[name].data.byteOffset, made[name].data.byteLength));
    shapes[name] = made[name].dims;
  }
  return shapes;
}

try {
  await main(process.argv[2] ?? ".");
} catch (error) {
  console.error(oneLine(error));
  process.exitCode = 1;
}
