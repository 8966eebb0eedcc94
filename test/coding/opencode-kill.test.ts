import { killSuite } from './kill.ts';

killSuite('opencode');
