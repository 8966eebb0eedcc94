import { setNonce } from 'get-nonce';

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
// what locks scrolling behind dialogs writes a style element of its own
setNonce(nonce);

/** The nonce of this page's Content-Security-Policy, for style elements that components write. */
export const styleNonce = (): string => nonce;
