// The sprite: Lucide's icons named in icons.txt, and our own drawings.
import { readFile } from "node:fs/promises";
import path from "node:path";

// Classes of the page do not reach into a sprite in another file everywhere, custom
// properties do. So each class of the drawings becomes attributes here.
const STROKE = 'stroke="currentColor"';
const ROUND = 'stroke-linejoin="round"';
const LOOKS = {
  "d-line": `fill="none" ${STROKE} stroke-width="2" ${ROUND} stroke-linecap="round"`,
  "d-fill": `fill="var(--fill)" ${STROKE} stroke-width="2" ${ROUND}`,
  "d-plain": `fill="var(--sheet)" ${STROKE} stroke-width="2" ${ROUND}`,
  "d-solid": 'fill="currentColor"',
  "d-axis": `fill="none" ${STROKE} stroke-width="1" stroke-dasharray="12 3 2 3"`,
  "d-dim": `fill="none" ${STROKE} stroke-width="1"`,
  "d-text": 'fill="currentColor" font-size="11" font-weight="600" text-anchor="middle"',
};

/** One Lucide file as a symbol; colours and widths come from `.icon` around it. */
async function icon(here, name) {
  const file = path.join(here, "node_modules/lucide-static/icons", `${name}.svg`);
  const source = await readFile(file, "utf8").catch(() => {
    throw new Error(`icons.txt names "${name}", which Lucide does not have`);
  });
  const shapes = source.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s+/g, " ").trim();
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

/** Our own drawings, without their outer element and with attributes for classes. */
async function drawings(here) {
  const source = await readFile(path.join(here, "drawings.svg"), "utf8");
  const symbols = source.match(/<symbol[\s\S]*<\/symbol>/)[0];
  return symbols.replace(/class="(d-[a-z]+)"/g, (_, name) => {
    if (!LOOKS[name]) throw new Error(`drawings.svg uses the class "${name}", which sprite.mjs does not know`);
    return LOOKS[name];
  });
}

/** The whole sprite as text. */
export async function buildSprite(here) {
  const lines = (await readFile(path.join(here, "icons.txt"), "utf8")).split("\n");
  const names = lines.map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  const icons = await Promise.all(names.map((name) => icon(here, name)));
  const note = "<!-- Icons by Lucide (ISC, see licences/lucide.txt); drawings by Lehrwerk -->";
  return `<svg xmlns="http://www.w3.org/2000/svg">${note}\n${icons.join("\n")}\n${await drawings(here)}\n</svg>\n`;
}
