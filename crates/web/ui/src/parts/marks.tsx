/** One mark per minute: as high as what arrived, coloured by what became of it. Several minutes share a mark where the
 * screen is narrow; the gravest gives the colour. */

import { useEffect, useRef } from 'preact/hooks';
import { type Fate, type Verdict, fate, verdict } from '../api/ledger';
import { MINUTE, type Span } from '../core/range';
import { count } from '../core/text';
import { sharp2d } from './canvas';
import { colour, theme } from './theme';

export const VERDICTS: Record<Verdict, string> = {
  complete: 'all accepted',
  refused: 'some rejected',
  stopped: 'nobody listened',
  unknown: 'not known',
  lost: 'some lost',
  none: 'nothing arrived',
};

const WIDTH_MIN = 4;

/** Fates of equal slots of the span, at most so many. */
export function slots(fates: Map<number, Fate>, span: Span, most: number): Fate[] {
  const minutes = Math.max(1, Math.ceil((span.to - span.from) / MINUTE));
  const each = Math.ceil(minutes / Math.max(1, most));
  const found = Array.from({ length: Math.ceil(minutes / each) }, fate);
  for (const [minute, of] of fates) {
    const slot = found[Math.floor((minute - span.from) / MINUTE / each)];
    if (!slot) continue;
    slot.received += of.received;
    slot.accepted += of.accepted;
    slot.duplicate += of.duplicate;
    slot.rejected += of.rejected;
    slot.shed += of.shed;
    slot.dropped += of.dropped;
    slot.unknown ||= of.unknown;
    slot.damaged ||= of.damaged;
    slot.stopped ||= of.stopped;
  }
  return found;
}

function paint(canvas: HTMLCanvasElement, fates: Map<number, Fate>, span: Span): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const draw = sharp2d(canvas, width, height);
  if (!draw) return;
  const shown = slots(fates, span, Math.floor(width / WIDTH_MIN));
  const most = Math.max(1, ...shown.map((of) => of.received + of.dropped));
  const each = width / shown.length;
  shown.forEach((of, at) => {
    const share = (of.received + of.dropped) / most;
    const of_verdict = verdict(of);
    const high = of_verdict === 'none' ? 3 : Math.max(5, (0.35 + 0.65 * share) * height);
    draw.fillStyle = colour(`mark-${of_verdict}`);
    draw.fillRect(at * each, height - high, Math.max(1, each - 1), high);
  });
}

export function Marks({ fates, span }: { fates: Map<number, Fate>; span: Span }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shade = theme.value;
  useEffect(() => {
    const on = canvas.current;
    if (!on) return;
    const again = () => paint(on, fates, span);
    const watch = new ResizeObserver(again);
    watch.observe(on);
    return () => watch.disconnect();
  }, [fates, span.from, span.to, shade]);
  return <canvas class="marks" ref={canvas} role="img" aria-label={spoken(fates)} />;
}

function spoken(fates: Map<number, Fate>): string {
  const many: Record<Verdict, number> = { none: 0, complete: 0, refused: 0, stopped: 0, unknown: 0, lost: 0 };
  for (const of of fates.values()) many[verdict(of)] += 1;
  const told = (['complete', 'refused', 'stopped', 'unknown', 'lost'] as const).filter((of) => many[of] > 0);
  const parts = told.map((of) => `${count(many[of])} ${of === 'stopped' ? 'in which' : 'with'} ${VERDICTS[of]}`);
  return `What arrived, minute by minute: ${parts.join(', ') || 'nothing arrived'}`;
}

export function MarksLegend() {
  return (
    <ul class="legend">
      {(Object.keys(VERDICTS) as Verdict[]).map((of) => (
        <li key={of}>
          <span class="swatch" data-mark={of} />
          {VERDICTS[of]}
        </li>
      ))}
    </ul>
  );
}
