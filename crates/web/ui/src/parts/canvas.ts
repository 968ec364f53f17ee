/** Canvases as sharp as the screen. */

/** A canvas of this size, cleared; null where it has none yet. */
export function sharp2d(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const draw = canvas.getContext('2d');
  if (!draw || width === 0 || height === 0) return null;
  const sharp = Math.min(devicePixelRatio || 1, 3);
  const [across, down] = [Math.round(width * sharp), Math.round(height * sharp)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  draw.setTransform(sharp, 0, 0, sharp, 0, 0);
  draw.clearRect(0, 0, width, height);
  return draw;
}
