import { packageConfig } from '../../tsup.base.js';

export default packageConfig(['src/index.ts', 'src/scope/index.ts', 'src/variables/index.ts']);
