/** The house at work: what comes in, where it is, what becomes of it. */

import { pulse, status } from '../api/live';
import { House } from './house';
import { Jobs } from './jobs';
import { Ledger } from './ledger';
import { Process } from './process';
import { Recovery } from './recovery';

export function Pipeline() {
  const found = status.value;
  const beat = pulse.value;
  if (!found || !beat) {
    return (
      <div class="card" role="status" aria-label="Loading the pipeline">
        <div class="bone" style={{ height: '11rem' }} />
      </div>
    );
  }
  return (
    <>
      <h1 class="hidden">Pipeline</h1>
      <House status={found} pulse={beat} />
      <Ledger />
      <div class="grid-2">
        <Jobs jobs={found.jobs} />
        <Recovery starts={found.recovery} />
      </div>
      <Process status={found} />
    </>
  );
}
