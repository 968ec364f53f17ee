/** A canvas as sharp as the screen, cleared; null where it has no size yet. */
export function context2d(
  canvas: HTMLCanvasElement,
): { draw: CanvasRenderingContext2D; width: number; height: number } | null {
  const { clientWidth: width, clientHeight: height } = canvas;
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
  return { draw, width, height };
}
