import { killSuite } from './kill.ts';

killSuite('codex');
