/** A repository that may not be reached, or not in this way; the message says what to do. Another try meets it again. */
export class LocationRefused extends Error {
  override readonly name = 'LocationRefused';
}
