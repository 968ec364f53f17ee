/**
 * Tiles in rows. All of them are in the document, for who searches or listens to it; whole rows together are a piece that
 * the browser leaves alone while it is out of sight, as a thousand single ones would cost it every frame.
 */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { cells } from '../api/live';
import { lastMinute, wantHeard } from './heard';
import { Pick, isPicking } from './picking';
import { want } from './sparks';
import type { Shown, Standing } from './state';
import { Tile } from './tile';

const TILE_WIDTH = 248;
const TILE_HEIGHT = 134;
const GAP = 12;
const ROWS = 4;
/** As many tiles are drawn at once; the others follow when the browser has nothing else to do. */
const FIRST = 72;
const EACH = 48;

/** How many tiles stand side by side. */
export function columnsIn(width: number): number {
  return Math.max(1, Math.floor((width + GAP) / (TILE_WIDTH + GAP)));
}

export function Grid({ services, metric }: { services: Standing[]; metric: Shown }) {
  const frame = useRef<HTMLDivElement>(null);
  const columns = useSignal(columnsIn(innerWidth - 2 * GAP));
  useEffect(() => {
    const watch = new ResizeObserver(() => {
      columns.value = columnsIn(frame.current?.clientWidth ?? 0);
    });
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  const picking = isPicking();
  const drawn = useDrawn(services.length);
  const each = columns.value * ROWS;
  const pieces = Array.from({ length: Math.ceil(services.length / each) }, (_, at) =>
    services.slice(at * each, (at + 1) * each),
  );
  return (
    <div class="pieces" role="list" ref={frame}>
      {pieces.map((piece, at) => (
        <Piece
          key={at}
          services={piece}
          columns={columns.value}
          metric={metric}
          picking={picking}
          drawn={at * each < drawn}
        />
      ))}
    </div>
  );
}

/** How many tiles have had their turn. */
function useDrawn(many: number): number {
  const drawn = useSignal(FIRST);
  const open = drawn.value < many;
  useEffect(() => {
    if (!open) return;
    const later = globalThis.requestIdleCallback ?? ((then: () => void) => setTimeout(then, 16));
    const stop = globalThis.cancelIdleCallback ?? clearTimeout;
    const turn = later(() => (drawn.value += EACH), { timeout: 200 });
    return () => stop(turn);
  }, [open, drawn.value]);
  return drawn.value;
}

interface PieceProps {
  services: Standing[];
  columns: number;
  metric: Shown;
  picking: boolean;
  /** Whether its turn has come; until then it is as high as it will be. */
  drawn: boolean;
}

function Piece({ services, columns, metric, picking, drawn }: PieceProps) {
  const element = useRef<HTMLDivElement>(null);
  const visible = useSignal(false);
  useEffect(() => {
    const on = element.current!;
    watch(on, (inSight) => (visible.value = inSight));
    return () => unwatch(on);
  }, []);
  const names = services.map((of) => of.name).join('\n');
  useEffect(() => {
    // of a service that was not heard since the daemon's start, tiles know its numbers from the minutes alone
    const needed = (name: string) => metric !== 'heard' || !cells.get(name)?.peek().now.last;
    if (visible.value) for (const { name } of services) if (needed(name)) want(name);
  }, [visible.value, names, metric]);
  const minute = visible.value && metric === 'heard' ? lastMinute.value : null;
  useEffect(() => {
    if (minute !== null) wantHeard(services.map((of) => of.name));
  }, [minute, names]);
  const rows = Math.ceil(services.length / columns);
  const style = useMemo(
    () => ({
      gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
      containIntrinsicBlockSize: `${rows * (TILE_HEIGHT + GAP) - GAP}px`,
      minHeight: drawn ? '' : `${rows * (TILE_HEIGHT + GAP) - GAP}px`,
    }),
    [columns, rows, drawn],
  );
  return (
    <div class="tiles" role="presentation" ref={element} style={style}>
      {(drawn ? services : []).map(({ name, state }) => (
        <div role="listitem" key={name}>
          <Tile name={name} state={state} metric={metric} visible={visible} />
          {picking && <Pick name={name} />}
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
