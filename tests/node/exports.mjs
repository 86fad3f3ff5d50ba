// What a module exports, as a line of JSON: exports.mjs FILE
import { pathToFileURL } from "node:url";

console.log(JSON.stringify(await import(pathToFileURL(process.argv[2]).href)));
