import { stopSuite } from './stops.ts';

stopSuite('codex');
