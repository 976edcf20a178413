import type { Endpoint } from '@gatewire/environ';
import { EnvironError, variablesFromRequest } from '@gatewire/environ/variables';
import { VERSION } from '../version.js';
import { headerIn } from './headers.js';
import type { OutgoingRequest } from './outgoing.js';
import { applyOverrides, scriptOverrides } from './params.js';
import type { RequestProtocol } from './target.js';

/** Both ends of the connection; of a unix socket without address. */
export interface Addresses {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/**
 * The variables of a request, flat: as nginx sends them, then what is said by hand.
 *
 * @throws RangeError when the path or a header cannot be a variable.
 */
export function variablesOf(
  protocol: Exclude<RequestProtocol, 'http'>,
  request: OutgoingRequest,
  { client, server }: Addresses,
): string[] {
  const { method, target, headers, body } = request;
  // As from a web server that listens where Host says: at 80 unless it has a port.
  const port = Number(/:([0-9]{1,5})$/.exec(headerIn(headers, 'host') ?? '')?.[1] ?? 80);
  try {
    const pairs = variablesFromRequest(
      {
        ...{ method, target, headers, client, httpVersion: '1.1', scheme: 'http' },
        server: { address: server.address, port },
      },
      {
        ...{ form: protocol, headerNames: 'refuse', hopByHop: 'keep', serverSoftware: `gatewire/${VERSION}` },
        ...(body === null ? {} : { contentLength: body.bytes }),
      },
    );
    const scripted = applyOverrides(pairs, scriptOverrides(pairs, request.script, request.documentRoot));
    return applyOverrides(scripted, request.params);
  } catch (error) {
    if (error instanceof EnvironError) throw new RangeError(error.message, { cause: error });
    throw error;
  }
}
