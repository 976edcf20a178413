// Before each file of tests: is this the runtime that was asked for? A runner may start its workers with another.
const wanted = process.env['GATEWIRE_RUNTIME'] ?? '';
/** @type {Record<string, string | undefined>} */
const versions = process.versions;
const [name, version] = wanted.split(' ');
if (versions[name] !== version) throw new Error(`this is not ${wanted} but ${JSON.stringify(versions)}`);
