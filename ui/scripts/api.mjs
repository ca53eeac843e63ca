// `npm run api`: types of the REST API, src/api/openapi.json → src/api/schema.ts. The document is written by
// `python -m swarmscope.serve.openapi > ui/src/api/openapi.json`; `make api` does both.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapi, { astToString } from "openapi-typescript";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const HEADER = "// Generated from openapi.json by `npm run api`. Do not edit.\n\n";

/** The text of schema.ts for the document beside it. */
export async function types() {
  return HEADER + astToString(await openapi(JSON.parse(readFileSync(at("../src/api/openapi.json"), "utf8")), { alphabetize: true }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(at("../src/api/schema.ts"), await types());
