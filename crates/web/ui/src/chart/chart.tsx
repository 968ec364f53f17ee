/** One chart of a column of charts that share their cursor. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { zone } from '../core/text';
import { theme } from '../parts/theme';
import { type Drawing, dataOf, optionsOf, seriesAt } from './plot';

interface Props {
  name: string;
  /** What a screen reader is told instead. */
  spoken: string;
  height: number;
  drawing: Drawing;
  /** Which line stands out; 0 is the main one. */
  focus?: number | null;
  onCursor: (index: number | null) => void;
  onZoom: (from: number, to: number) => void;
  children: ComponentChildren;
}

/** What a drawing looks like apart from its numbers: where only those change, the chart stays. */
function shape(of: Drawing): string {
  const lines = of.others.map((line) => `${line.name} ${line.colour}`).join();
  return [of.kind, of.every, of.main.colour, lines, !!of.band, of.main.width, zone.value, theme.value].join('|');
}

export function Chart({ name, spoken, height, drawing, focus = null, onCursor, onZoom, children }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ drawing, onCursor, onZoom });
  latest.current = { drawing, onCursor, onZoom };

  useEffect(() => {
    const on = frame.current!;
    const live = { ...drawing };
    const made = new uPlot(
      optionsOf(
        live,
        { width: Math.max(on.clientWidth, 120), height },
        {
          cursor: (index) => latest.current.onCursor(index),
          select: (from, to) => latest.current.onZoom(from, to),
        },
      ),
      dataOf(drawing),
      on,
    );
    plot.current = made;
    drawn.set(made, live);
    const watch = new ResizeObserver(() => {
      if (on.clientWidth > 0 && on.clientWidth !== made.width) made.setSize({ width: on.clientWidth, height });
    });
    watch.observe(on);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape(drawing), height]);

  useEffect(() => {
    const on = plot.current;
    if (!on) return;
    Object.assign(drawn.get(on) ?? {}, drawing);
    on.setData(dataOf(drawing));
  }, [drawing]);

  useEffect(() => {
    plot.current?.setSeries(focus === null ? null : seriesAt(drawing, focus), { focus: true });
  }, [focus, shape(drawing)]);

  const nothing = [drawing.main, ...drawing.others].every((line) => line.values.every((value) => value === null));
  return (
    <figure class="chart">
      <figcaption>{children}</figcaption>
      <div class="plot" role="img" aria-label={`${name}. ${spoken}`}>
        <div ref={frame} aria-hidden="true" style={{ height: `${height}px` }} />
        {nothing && <p class="nothing">no messages in this range</p>}
      </div>
    </figure>
  );
}

/** The drawing that a chart's hooks look at: its peaks and its scale change with the numbers. */
const drawn = new WeakMap<uPlot, Drawing>();
