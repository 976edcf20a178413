import { makeTempDir } from '@gatewire/testkit/servers';
import { profileFlags, readProfile } from '../profile.js';
import type { Profile } from '../profile.js';
import type { Backend } from './backends.js';
import { startFront } from './front.js';
import { measure, SCENARIOS, separate } from './measure.js';

/** Seconds under load, and of work at their end that are looked at. */
const LOAD = 5;
const SEEN = 1.5;

/** Where the time of a back end that runs on node goes while it is kept busy behind nginx. */
export async function profileBackend(backend: Backend): Promise<Profile> {
  const temp = await makeTempDir('gatewire-profile');
  try {
    const running = await backend.start(profileFlags(temp.path));
    try {
      const nginx = await startFront([{ backend, running }]);
      const target = { backend, running, url: `${nginx.url}/0` };
      try {
        await measure(target, SCENARIOS[0], nginx, LOAD, separate([target], nginx));
      } finally {
        await nginx.stop();
      }
    } finally {
      await running.stop();
    }
    return readProfile(temp.path, backend.name, SEEN);
  } finally {
    await temp.remove();
  }
}
