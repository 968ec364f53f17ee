/** The clock that ages are told by. While nothing is heard it stands still: services are not silent because we are. */

import { computed } from '@preact/signals';
import { connection, heardAt, now } from './live';

export const shownNow = computed(() => {
  const { state } = connection.value;
  return state === 'live' || heardAt.value === 0 ? now.value : heardAt.value;
});
