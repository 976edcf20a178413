import type { Socket } from 'node:net';
import { FcgiProtocolError, FcgiWebServer } from '@gatewire/fastcgi';
import { UwsgiDecoder, UwsgiProtocolError } from '@gatewire/uwsgi';
import { decodeReply, encodePing } from '@gatewire/uwsgi/kinds';
import { RequestFailure } from './failure.js';
import { received, send } from './send.js';
import type { Trace } from './trace.js';

/**
 * Sends uwsgi's ping and reads the pong. What the server says of itself, for people.
 *
 * @throws RequestFailure 22 when the pong carries a warning, 52 when there is none.
 */
export async function pingUwsgi(socket: Socket, trace: Trace): Promise<string> {
  const ping = encodePing();
  trace.packet('>', ping, 0);
  await send(socket, [ping]);
  const decoder = new UwsgiDecoder();
  for await (const chunk of received(socket)) {
    trace.bytes('<', chunk, 'answer');
    const warning = understood(() => {
      decoder.receive(chunk);
      const packet = decoder.next();
      return packet === null ? null : decodeReply(packet).warning;
    });
    if (warning === null) continue;
    socket.destroy();
    if (warning !== '') throw new RequestFailure(22, `pong, with a warning: ${warning}`);
    return 'pong';
  }
  throw new RequestFailure(
    52,
    'closed without a pong: a uWSGI needs its ping plugin for it, others may not know it',
  );
}

/**
 * Asks a FastCGI application for its values and reads the answer. What it says of itself, for people.
 *
 * @throws RequestFailure 52 when it says nothing.
 */
export async function pingFastcgi(socket: Socket, trace: Trace): Promise<string> {
  const webServer = new FcgiWebServer();
  const question = webServer.getValues();
  for (const chunk of question) trace.records('>', chunk);
  await send(socket, question);
  for await (const chunk of received(socket)) {
    trace.records('<', chunk);
    const said = understood(() => {
      webServer.receive(chunk);
      for (let event = webServer.next(); event !== null; event = webServer.next()) {
        if (event.kind === 'values') return values(event.pairs);
        if (event.kind === 'unknownType') return 'it does not know GET_VALUES, but answers';
      }
      return null;
    });
    if (said === null) continue;
    socket.destroy();
    return said;
  }
  throw new RequestFailure(52, 'closed without an answer to GET_VALUES');
}

function values(pairs: readonly string[]): string {
  const said: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) said.push(`${pairs[i]}=${pairs[i + 1]}`);
  return said.length === 0 ? 'it answers, without values' : said.join(' ');
}

/** @throws RequestFailure 8 for what is not the protocol. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UwsgiProtocolError || error instanceof FcgiProtocolError)
      throw new RequestFailure(8, `this is no answer: ${error.message}`);
    throw error;
  }
}
