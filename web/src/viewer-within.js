// Keeps a view on its drawing.

const MARGIN = 16;

/** Where the view begins so that `middle` is in its middle, but nothing beyond the drawing and its margin is shown. */
export function within(middle, size, start, length) {
  const [from, to] = [start - MARGIN, start + length + MARGIN];
  if (to - from <= size) {
    return (from + to - size) / 2;
  }
  return Math.min(Math.max(middle - size / 2, from), to - size);
}
