// Builds lms/static/dist from the sources beside this file:
// style sheets, scripts, fonts, the sprite and manifest.json {file: content hash}.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildSprite } from "./sprite.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.resolve(here, "../static/dist");
const modules = path.join(here, "node_modules");
const KEPT = new Set(["fonts-pdf"]); // made by pdf_fonts.py, not by us

const FONT = "atkinson-hyperlegible-next";
const FONT_FILES = ["latin-wght-normal", "latin-wght-italic", "latin-ext-wght-normal"];

/** Empties the output folder, apart from what another step puts there. */
async function clear() {
  await mkdir(dist, { recursive: true });
  for (const name of await readdir(dist)) {
    if (!KEPT.has(name)) await rm(path.join(dist, name), { recursive: true });
  }
}

async function copyFonts() {
  const from = path.join(modules, "@fontsource-variable", FONT);
  await mkdir(path.join(dist, "fonts"));
  await Promise.all([
    ...FONT_FILES.map((part) =>
      cp(path.join(from, "files", `${FONT}-${part}.woff2`), path.join(dist, "fonts", `${FONT}-${part}.woff2`)),
    ),
    cp(path.join(from, "LICENSE"), path.join(dist, "fonts", "LICENSE-OFL.txt")),
  ]);
}

/** The licences of what is bundled travel with the bundles. */
async function copyLicences() {
  await mkdir(path.join(dist, "licences"));
  const owners = { lucide: "lucide-static", tiptap: "@tiptap/core", prosemirror: "prosemirror-view", sortablejs: "sortablejs", htmx: "htmx.org" };
  for (const [name, owner] of Object.entries(owners)) {
    const folder = path.join(modules, owner);
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file) await cp(path.join(folder, file), path.join(dist, "licences", `${name}.txt`));
  }
}

async function contentHash(file) {
  return createHash("sha256").update(await readFile(path.join(dist, file))).digest("hex").slice(0, 16);
}

/** Gives the fonts in a style sheet the address that asset() gives them in a page, so that a preload fits. */
const versionedFonts = {
  name: "versioned-fonts",
  setup(bundle) {
    bundle.onResolve({ filter: /^fonts\// }, async ({ path: font }) => ({
      path: `${font}?v=${await contentHash(font)}`,
      external: true,
    }));
  },
};

async function bundle() {
  const sprite = `sprite.svg?v=${await contentHash("sprite.svg")}`;
  await build({
    absWorkingDir: here,
    entryPoints: ["app.js", "editor.js", "htmx.js", { in: "css/lehrwerk.css", out: "app" }, { in: "css/editor.css", out: "editor" }].map(
      (entry) => (typeof entry === "string" ? { in: entry, out: path.parse(entry).name } : entry),
    ),
    outdir: dist,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome120", "firefox120", "safari17"],
    legalComments: "none",
    define: { SPRITE: JSON.stringify(sprite) },
    plugins: [versionedFonts],
    logLevel: "warning",
  });
}

async function writeManifest() {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== "manifest.json")
    .map((entry) => path.relative(dist, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .filter((file) => !KEPT.has(file.split("/")[0]))
    .sort();
  const hashes = await Promise.all(files.map(contentHash));
  const manifest = Object.fromEntries(files.map((file, index) => [file, hashes[index]]));
  await writeFile(path.join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return files.length;
}

await clear();
await copyFonts();
await copyLicences();
await writeFile(path.join(dist, "sprite.svg"), await buildSprite(here));
await cp(path.join(here, "mark.svg"), path.join(dist, "mark.svg"));
await bundle();
console.log(`front end: ${await writeManifest()} files in lms/static/dist`);
