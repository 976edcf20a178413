import { packageConfig } from '../../tsup.base.js';

export default packageConfig([
  'src/index.ts',
  'src/adapters/index.ts',
  'src/middleware/index.ts',
  'src/unix-socket.ts',
]);
