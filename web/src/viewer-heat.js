// Colours the steps of a diagram by a number and writes the number beside each: the colour alone says nothing.
//
//   <script type="application/json" data-heat>{"approve": {"level": 3, "text": "4.1 天"}}</script>

const LEVELS = [1, 2, 3, 4];

/**
 * What stands in the element, or nothing; to be read before the drawing replaces it.
 *
 * @param {HTMLElement} element
 * @returns {Object<string, {level: number, text: string}>}
 */
export function heatOf(element) {
  const script = element.querySelector('script[data-heat]');
  return script ? JSON.parse(script.textContent) : {};
}

/**
 * Colour and label the elements; ids the drawing does not show are ignored.
 *
 * @param {NavigatedViewer} viewer a viewer that has drawn its diagram
 * @param {Object<string, {level: number, text: string}>} heats
 */
export function warm(viewer, heats) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const registry = viewer.get('elementRegistry');
  for (const [id, { level, text }] of Object.entries(heats)) {
    if (!registry.get(id)) {
      continue;
    }
    if (LEVELS.includes(level)) {
      canvas.addMarker(id, `gc-heat-${level}`);
    }
    const label = document.createElement('div');
    label.className = 'gc-heat-label';
    label.textContent = text;
    // It keeps its size when the drawing is made smaller, so that it can be read.
    overlays.add(id, { position: { top: -11, right: 30 }, html: label, scale: { min: 1, max: 1.4 } });
  }
}
