import { packageConfig } from '../../tsup.base.js';

export default packageConfig(['src/cli.ts', 'src/demo-app.ts']);
