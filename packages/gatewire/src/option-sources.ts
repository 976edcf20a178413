import { InvalidArgumentError } from 'commander';
import type { Command, Option } from 'commander';
import { readConfig } from './config-file.js';
import type { Config } from './config-file.js';
import { REPEATABLE } from './serve-options.js';

/** Key of the application in a configuration file, and with the prefix in the environment. */
const APPLICATION = 'app';

const PREFIX = 'GATEWIRE_';

/** Variables of other programs that mean one of our flags. */
const FOREIGN_NAMES: Readonly<Record<string, string | undefined>> = { workers: 'WEB_CONCURRENCY' };

/** `GATEWIRE_ENV` is likely to be the name of a stage, such as production, and `--env` is no option of the server's. */
const NOT_IN_ENVIRONMENT = ['env'];

/** Where a value comes from: the name is for the message about it. */
interface Sourced {
  readonly name: string;
  readonly texts: readonly string[];
}

/**
 * Gives the flags that are not on the command line the values of the environment, else of the configuration file.
 * Returns the application that one of them names, if the command line does not. What is wrong with a value ends the
 * program as wrong usage does, with the name of its source.
 */
export async function applySources(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
): Promise<string | undefined> {
  const file = command.getOptionValue('config') as string | undefined;
  const config = await configOf(command, file ?? present(env[`${PREFIX}CONFIG`]), directory);
  const options = command.options.filter((option) => option.attributeName() !== 'config');
  if (config !== null) refuseUnknown(command, config, options);
  for (const option of options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli') continue;
    const sourced = fromEnvironment(option, env) ?? fromConfig(command, config, name, isRepeatable(option));
    if (sourced === null) continue;
    const source = sourced.name.startsWith(PREFIX) ? 'env' : 'config';
    command.setOptionValueWithSource(name, parsed(command, option, sourced), source);
  }
  return (
    present(env[PREFIX + APPLICATION.toUpperCase()]) ??
    fromConfig(command, config, APPLICATION, false)?.texts[0]
  );
}

async function configOf(
  command: Command,
  file: string | undefined,
  directory: string,
): Promise<Config | null> {
  try {
    return await readConfig(file, directory);
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`);
  }
}

function refuseUnknown(command: Command, { name, values }: Config, options: readonly Option[]): void {
  const known = [APPLICATION, ...options.map((option) => option.attributeName())];
  const unknown = Object.keys(values).find((key) => !known.includes(key));
  if (unknown !== undefined)
    command.error(`error: ${name}: unknown key ${JSON.stringify(unknown)}; known are ${known.join(', ')}`);
}

function fromEnvironment(option: Option, env: Readonly<Record<string, string | undefined>>): Sourced | null {
  const attribute = option.attributeName();
  if (NOT_IN_ENVIRONMENT.includes(attribute)) return null;
  const own = PREFIX + option.name().replaceAll('-', '_').toUpperCase();
  const names = [own, FOREIGN_NAMES[attribute] ?? own];
  const name = names.find((candidate) => present(env[candidate]) !== undefined);
  const text = name === undefined ? undefined : present(env[name]);
  if (name === undefined || text === undefined) return null;
  return { name, texts: isRepeatable(option) ? text.trim().split(/\s+/) : [text] };
}

function fromConfig(
  command: Command,
  config: Config | null,
  key: string,
  repeatable: boolean,
): Sourced | null {
  const value = config?.values[key];
  if (config === null || value === undefined) return null;
  const name = `${config.name}: ${key}`;
  const texts = textsOf(value, repeatable);
  if (texts !== null) return { name, texts };
  const form = repeatable ? 'a text, or a list of them' : 'a text or a number';
  return command.error(`error: ${name}: expected ${form}, got ${JSON.stringify(value)}`);
}

/** A value as it would stand on a command line; null when it could not. */
function textsOf(value: unknown, repeatable: boolean): readonly string[] | null {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  if (!repeatable || typeof value !== 'object' || value === null) return null;
  const texts = Array.isArray(value)
    ? value
    : Object.entries(value).map(([name, text]) => `${name}=${String(text)}`);
  return texts.every((text) => typeof text === 'string') ? texts : null;
}

function parsed(command: Command, option: Option, { name, texts }: Sourced): unknown {
  const { parseArg } = option;
  if (parseArg === undefined) return texts[0];
  let value: unknown;
  for (const text of texts) {
    try {
      value = parseArg(text, value);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      return command.error(`error: ${name} '${text}' is invalid. ${error.message}`);
    }
  }
  return value;
}

function isRepeatable(option: Option): boolean {
  return REPEATABLE.includes(option.attributeName());
}

/** An empty variable is no value, as in a shell. */
function present(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
