// Bundles every entry of src/ for old Chromium and writes the result into the folder named on the command line.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

// One entry is one script of static/dist; a page loads only those it needs. Styles a script imports become NAME.css.
const entries = ['app', 'viewer', 'modeller', 'decisions', 'compare', 'scenario', 'playback'];
const folder = process.argv[2];

const { metafile } = await build({
  entryPoints: entries.map((name) => `src/${name}.js`),
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'iife',
  // Browsers of government desktops are often built on this version; src/polyfills.js adds what is not syntax.
  target: ['chrome86'],
  charset: 'utf8',
  loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file', '.svg': 'file' },
  logLevel: 'warning',
  metafile: true,
});

// The licences of what went into the bundles ask that their text goes along.
const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const inside = input.match(/^(node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (inside) {
    packages.add(inside[1]);
  }
}
const texts = [...packages].sort().map((path) => {
  const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'));
  const files = readdirSync(path).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const text = files.map((file) => readFileSync(`${path}/${file}`, 'utf8').trim()).join('\n\n');
  return `${name} ${version} (${license})\n\n${text || 'This package carries no text of its licence.'}\n`;
});
writeFileSync(`${folder}/LICENSES.txt`, texts.join(`\n${'-'.repeat(78)}\n\n`));
