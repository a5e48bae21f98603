// Moving about in a diagram with keys, fingers and the wheel, without taking the page away from its reader.

const STEP = 50;
const BIG_STEP = 200;

/** Arrow keys move the focused drawing, + and - zoom it, 0 shows all of it; combinations stay the browser's. */
export function watchKeyboard(viewer) {
  const canvas = viewer.get('canvas');
  const zoomScroll = viewer.get('zoomScroll');
  drawing(viewer).addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const step = event.shiftKey ? BIG_STEP : STEP;
    const actions = {
      ArrowLeft: () => canvas.scroll({ dx: step, dy: 0 }),
      ArrowRight: () => canvas.scroll({ dx: -step, dy: 0 }),
      ArrowUp: () => canvas.scroll({ dx: 0, dy: step }),
      ArrowDown: () => canvas.scroll({ dx: 0, dy: -step }),
      '+': () => zoomScroll.stepZoom(1),
      '=': () => zoomScroll.stepZoom(1),
      '-': () => zoomScroll.stepZoom(-1),
      0: () => canvas.zoom('fit-viewport', 'auto'),
    };
    const action = actions[event.key];
    if (action) {
      action();
      event.preventDefault();
    }
  });
}

/** The wheel scrolls the page; with the control key (which is also what a pinch on a touch pad sends) it zooms. */
export function watchWheel(viewer) {
  const zoomScroll = viewer.get('zoomScroll');
  const svg = drawing(viewer);
  const zoom = (event) => {
    if (event.ctrlKey && event.deltaY) {
      const { left, top } = svg.getBoundingClientRect();
      zoomScroll.zoom(event.deltaY < 0 ? 1 : -1, { x: event.clientX - left, y: event.clientY - top });
      event.preventDefault();
    }
  };
  svg.addEventListener('wheel', zoom, { passive: false });
}

/** One finger moves the drawing sideways; up and down it scrolls the page until the drawing has been tapped. */
export function watchTouch(viewer) {
  const canvas = viewer.get('canvas');
  const svg = drawing(viewer);
  let last = null;
  svg.addEventListener('pointerdown', (event) => {
    last = event.pointerType === 'touch' && event.isPrimary ? event : null;
  });
  svg.addEventListener('pointermove', (event) => {
    if (last && event.pointerId === last.pointerId) {
      canvas.scroll({ dx: event.clientX - last.clientX, dy: event.clientY - last.clientY });
      last = event;
    }
  });
  for (const end of ['pointerup', 'pointercancel']) {
    svg.addEventListener(end, () => {
      last = null;
    });
  }
}

function drawing(viewer) {
  return viewer.get('canvas').getContainer().querySelector('svg');
}
