// Rebuilds the vendored editor: node build.mjs [FOLDER]. Writes the bundle, its licences, and, without FOLDER, what they
// were made from, which tests/test_frontend.py compares.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const vendor = join(here, "..", "templates", "desk", "static");
const out = process.argv[2] ?? vendor;

const made = await build({
  absWorkingDir: here,
  entryPoints: ["rich.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  outfile: join(out, "tiptap.js"),
});
writeFileSync(join(out, "tiptap.licences.txt"), licences(Object.keys(made.metafile.inputs)));
if (out === vendor) writeFileSync(join(here, "built.json"), JSON.stringify(hashes(), null, 2) + "\n");

function licences(inputs) {
  const names = new Set(inputs.map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean));
  return [...names].sort().map(licence).join("\n\n");
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const words = file ? readFileSync(join(folder, file), "utf8").trim() : "(no licence file in the package)";
  return `${name} ${about.version}: ${about.license}\n\n${words}`;
}

function hashes() {
  const sources = ["package.json", "package-lock.json", "rich.js", "build.mjs"].map((name) => [name, join(here, name)]);
  const built = ["tiptap.js", "tiptap.licences.txt"].map((name) => [name, join(vendor, name)]);
  return Object.fromEntries([...sources, ...built].map(([name, path]) => [name, sha256(path)]));
}

function sha256(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
