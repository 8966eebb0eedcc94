import { stopSuite } from './stops.ts';

stopSuite('gemini');
