/**
 * Tiles in rows. All of them are in the document, for who searches or listens to it; whole rows together are a piece that
 * the browser leaves alone while it is out of sight, as a thousand single ones would cost it every frame.
 */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Metric } from '../api/shapes';
import { want } from './sparks';
import type { Standing } from './state';
import { Tile } from './tile';

const TILE_WIDTH = 248;
const TILE_HEIGHT = 134;
const GAP = 12;
const ROWS = 6;

/** How many tiles stand side by side. */
export function columnsIn(width: number): number {
  return Math.max(1, Math.floor((width + GAP) / (TILE_WIDTH + GAP)));
}

export function Grid({ services, metric }: { services: Standing[]; metric: Metric }) {
  const frame = useRef<HTMLDivElement>(null);
  const columns = useSignal(columnsIn(innerWidth - 2 * GAP));
  useEffect(() => {
    const watch = new ResizeObserver(() => {
      columns.value = columnsIn(frame.current?.clientWidth ?? 0);
    });
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  const each = columns.value * ROWS;
  const pieces = Array.from({ length: Math.ceil(services.length / each) }, (_, at) =>
    services.slice(at * each, (at + 1) * each),
  );
  return (
    <div class="pieces" role="list" ref={frame}>
      {pieces.map((piece, at) => (
        <Piece key={at} services={piece} columns={columns.value} metric={metric} />
      ))}
    </div>
  );
}

interface PieceProps {
  services: Standing[];
  columns: number;
  metric: Metric;
}

function Piece({ services, columns, metric }: PieceProps) {
  const element = useRef<HTMLDivElement>(null);
  const visible = useSignal(false);
  useEffect(() => {
    const on = element.current!;
    watch(on, (inSight) => (visible.value = inSight));
    return () => unwatch(on);
  }, []);
  const names = services.map((of) => of.name).join('\n');
  useEffect(() => {
    if (visible.value) services.forEach((of) => want(of.name));
  }, [visible.value, names]);
  const rows = Math.ceil(services.length / columns);
  const style = useMemo(
    () => ({
      gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
      containIntrinsicBlockSize: `${rows * (TILE_HEIGHT + GAP) - GAP}px`,
    }),
    [columns, rows],
  );
  return (
    <div class="tiles" role="presentation" ref={element} style={style}>
      {services.map(({ name, state }) => (
        <div role="listitem" key={name}>
          <Tile name={name} state={state} metric={metric} visible={visible} />
        </div>
      ))}
    </div>
  );
}

/** One observer for all pieces. */
const watched = new WeakMap<Element, (inSight: boolean) => void>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting);
  },
  { rootMargin: '200px' },
);

function watch(element: Element, seen: (inSight: boolean) => void): void {
  watched.set(element, seen);
  observer.observe(element);
}

function unwatch(element: Element): void {
  watched.delete(element);
  observer.unobserve(element);
}
