import { createMask, type Mask } from '../core/text/mask.ts';
import { ENV_VARIABLES, type Env, type EnvVariable, SECRET_PREFIX } from './env.ts';

const variables: readonly EnvVariable[] = ENV_VARIABLES;
const KNOWN = new Map(variables.map(({ name, secret }) => [name, secret === true]));

/** Names by which keys of other programs go, AWS_SECRET_ACCESS_KEY or PGPASSWORD for instance. */
const SOUNDS_SECRET = /(?:^|_)(?:KEY|TOKEN|SECRET)$|(?:PASSWORD|PASSWD)$|^OTEL_EXPORTER_OTLP_.*HEADERS$/;

/** Whether a variable of the environment holds a secret: as ENV_VARIABLES says; any other by its name. */
export function isSecretName(name: string): boolean {
  return name.startsWith(SECRET_PREFIX) || (KNOWN.get(name) ?? SOUNDS_SECRET.test(name));
}

/**
 * Every value of the environment that must not come out, whoever owns the job: keys of the service, what
 * `${secret:...}` gives (which every owner may use), and the passwords in addresses among them.
 */
export function secretValues(env: Env): string[] {
  const values = Object.entries(env).flatMap(([name, value = '']) => {
    if (isSecretName(name)) return [value, value.trim(), ...passwordIn(value)];
    return passwordIn(value);
  });
  return [...new Set(values)].filter((value) => value !== '');
}

/** The mask over these values. */
export const maskOf = (env: Env): Mask => createMask(secretValues(env));

/** The password in an address, as it is and as it is written there. */
function passwordIn(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
