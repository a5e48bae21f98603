// Taking drawings out and bringing them in: diagram, picture, bundle; files of other modellers, drawn or not.
import { ask, banner, offerFile, textAddress } from './dialogs.js';
import { translate } from './words.js';

const PICTURE_SCALE = 2;
const MOST_PIXELS = 8000;

export class Exchange {
  constructor({ modeller, server, name, path, show, before, changed }) {
    Object.assign(this, { modeller, server, name, path, show, before, changed });
  }

  async diagram() {
    const { xml } = await this.modeller.saveXML({ format: true });
    offerFile(`${this.name}.bpmn`, textAddress(xml));
  }

  async drawing() {
    const { svg } = await this.modeller.saveSVG();
    offerFile(`${this.name}.svg`, textAddress(svg, 'image/svg+xml'));
  }

  async picture() {
    const { svg } = await this.modeller.saveSVG();
    const image = new Image();
    await new Promise((done, failed) => {
      image.onload = done;
      image.onerror = () => failed(new Error(translate('The picture could not be made.')));
      image.src = textAddress(svg, 'image/svg+xml');
    });
    const scale = Math.min(PICTURE_SCALE, MOST_PIXELS / Math.max(image.width, image.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(image.width * scale);
    canvas.height = Math.ceil(image.height * scale);
    const paper = canvas.getContext('2d');
    paper.fillStyle = '#fff';
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => {
      canvas.toBlob(done, 'image/png');
    });
    offerFile(`${this.name}.png`, URL.createObjectURL(blob));
  }

  /** Put a file from elsewhere in the place of the drawing; a bundle brings its other files along. */
  async bring(file) {
    let found;
    try {
      found = await this.server.unpack(file);
    } catch (error) {
      banner('import', error.message);
      return;
    }
    const paths = Object.keys(found.files);
    const diagram = paths.find((path) => path === this.path) || paths.find((path) => path.endsWith('.bpmn'));
    const others = Object.fromEntries(paths.filter((path) => !path.endsWith('.bpmn')).map((path) => [path, found.files[path]]));
    const count = Object.keys(others).length;
    const answer = await ask({
      title: translate('Replace the drawing?'),
      text: [
        translate('The drawing of this draft is replaced by “{file}”. You can go back to the present one.', { file: file.name }),
        ...(count ? [translate('{count} further files of the draft are replaced as well.', { count })] : []),
      ],
      buttons: [
        ['replace', translate('Replace')],
        ['cancel', translate('Cancel')],
      ],
    });
    if (answer !== 'replace') {
      return;
    }
    const before = await this.before();
    if (await this.show(found.files[diagram])) {
      this.changed(others);
      banner('import', translate('“{file}” was taken over. What our diagrams cannot hold is listed below by the check.', { file: file.name }), [
        [translate('Back to the drawing before'), async () => {
          await this.show(before);
          this.changed();
        }],
      ]);
    }
  }
}

const PALETTE = 116;
const MARGIN = 24;
// Below this scale nobody can read the names.
const READABLE = 0.6;

/** The drawing beside the palette and not below it; never smaller than `smallest`, then from where it begins. */
export function showAll(modeller, smallest = 0) {
  const canvas = modeller.get('canvas');
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !outer.width) {
    return;
  }
  const fitting = Math.min(1, (outer.width - PALETTE - MARGIN) / inner.width, (outer.height - 2 * MARGIN) / inner.height);
  const scale = Math.max(fitting, smallest);
  const [width, height] = [outer.width / scale, outer.height / scale];
  const free = Math.max(0, (outer.width - PALETTE - MARGIN) / scale - inner.width);
  const begin = modeller.get('elementRegistry').find((each) => each.type === 'bpmn:StartEvent');
  const middle = scale > fitting && begin ? begin.y + begin.height / 2 : inner.y + inner.height / 2;
  canvas.viewbox({ x: inner.x - PALETTE / scale - free / 2, y: middle - height / 2, width, height });
}

/** Draw a text: one without a drawing is drawn by the server first. Answers whether it could be shown. */
export async function showText({ modeller, server, text }) {
  let drawn = text;
  try {
    if (!/BPMNShape\b/.test(drawn)) {
      drawn = await server.layout(drawn);
    }
    const { warnings } = await modeller.importXML(drawn);
    if (warnings.length) {
      banner('warnings', translate('{count} places of the file could not be read as they stand and were left out.', { count: warnings.length }));
    }
    showAll(modeller, READABLE);
    return true;
  } catch (error) {
    const plain = error.status === undefined ? translate('This file cannot be drawn: it is no BPMN diagram, or it is damaged.') : error.message;
    banner('import', plain);
    return false;
  }
}
