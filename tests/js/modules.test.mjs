import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../static/js/", import.meta.url));
const TEMPLATES = fileURLToPath(new URL("../../templates/canvas/", import.meta.url));
const files = readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js")).sort();
const sources = new Map(files.map((name) => [name, readFileSync(join(ROOT, name), "utf8")]));

// As Django's ManifestStaticFilesStorage finds imports to write hashed names into; what it does not find breaks
// in production only.
const DJANGO_IMPORT = /import(?:[\s{].*?|\*\s*as\s*\w+)\s*from\s*['"](?<url>[./].*?)["']\s*;/gis;
const ANY_IMPORT = /^(?:import|export)\b[^;]*?from\s*["'](?<url>[^"']+)["']/gm;

const imports = new Map(
  files.map((name) => [
    name,
    [...sources.get(name).matchAll(ANY_IMPORT)].map((m) => relative(ROOT, resolve(ROOT, dirname(name), m.groups.url))),
  ]),
);

for (const name of files) {
  test(`Django finds every import of ${name}, and each leads to a file`, () => {
    const found = [...sources.get(name).matchAll(DJANGO_IMPORT)].map((m) => m[0]);
    assert.equal(found.length, imports.get(name).length);
    for (const statement of found) assert.match(statement, /^import (\{[^}]*\}|\* as \w+) from "\.{1,2}\/[\w./-]+\.js";$/);
    for (const target of imports.get(name)) assert.ok(sources.has(target), `${target} is missing`);
  });

  test(`${name} begins by saying what it is`, () => {
    assert.match(sources.get(name), /^\/\*\n \* [A-Z]/);
  });
}

// entrance → actions → state → pure, and exit → state: who may know whom.
const MAY_KNOW = {
  pure: ["pure"],
  state: ["state", "pure"],
  actions: ["actions", "state", "pure"],
  entrance: ["entrance", "actions", "state", "pure"],
  exit: ["exit", "actions", "state", "pure"],
};

for (const [room, known] of Object.entries(MAY_KNOW)) {
  test(`${room} knows only ${known.join(", ")}`, () => {
    for (const name of files.filter((file) => file.startsWith(`${room}/`))) {
      for (const target of imports.get(name)) assert.ok(known.includes(target.split("/")[0]), `${name} knows ${target}`);
    }
  });
}

test("pure, state and actions touch no page", () => {
  for (const [name, source] of sources) {
    if (!/^(pure|state|actions)\//.test(name)) continue;
    const code = source.replace(/\/\*.*?\*\/|\/\/.*$/gms, "");
    assert.doesNotMatch(code, /\b(document|window|localStorage|navigator)\s*\./, name);
  }
});

test("no module needs itself, and the chain is short enough for Django's five passes", () => {
  const depth = (name, path = []) => {
    assert.ok(!path.includes(name), `a cycle: ${[...path, name].join(" → ")}`);
    return 1 + Math.max(0, ...imports.get(name).map((target) => depth(target, [...path, name])));
  };
  // The last of n modules in a chain has its final name after n - 2 passes at worst, and one more must change
  // nothing. main.js lies a folder above: it is written last in every pass and costs none.
  for (const name of files.filter((file) => file !== "main.js")) assert.ok(depth(name) <= 6, `${name}: ${depth(name)}`);
});

test("the page preloads every module", () => {
  const preloaded = [...readFileSync(join(TEMPLATES, "_modules.html"), "utf8").matchAll(/static 'js\/(.*?)'/g)].map((m) => m[1]);
  assert.deepEqual(preloaded.sort(), files.filter((name) => name !== "main.js"));
});

test("no page has inline script or style, which the content security policy forbids", () => {
  for (const name of readdirSync(TEMPLATES)) {
    const html = readFileSync(join(TEMPLATES, name), "utf8");
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i, name);
  }
});
