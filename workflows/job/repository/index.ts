export { leftBehind } from '../../../core/repository/left-behind.ts';
export { checkBase } from './base-check.ts';
export { deliver } from './deliver.ts';
export { mergesOf, takeWork } from './merges.ts';
export { openRepository } from './open.ts';
