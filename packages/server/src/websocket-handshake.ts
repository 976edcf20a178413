import type { Environ } from '@gatewire/environ';

/** Whether a request asks for a WebSocket (RFC 6455 §4.2.1). Headers as `HTTP_*`. */
export function asksForWebSocket(method: string, upgrade: string, connection: string): boolean {
  return method === 'GET' && hasToken(upgrade, 'websocket') && hasToken(connection, 'upgrade');
}

/** The same of a request's variables. */
export function pairsAskForWebSocket(pairs: readonly string[]): boolean {
  const value = (name: string): string => {
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1];
    return '';
  };
  const upgrade = value('HTTP_UPGRADE');
  return upgrade !== '' && asksForWebSocket(value('REQUEST_METHOD'), upgrade, value('HTTP_CONNECTION'));
}

/** A handshake that cannot be answered, and what to answer instead. */
export interface HandshakeFault {
  readonly status: 400 | 426;
  readonly line: string;
  readonly headers: readonly string[];
}

/** What is wrong with a handshake (RFC 6455 §4.2.1, §4.2.2), or null. */
export function handshakeFault(environ: Environ): HandshakeFault | null {
  // 16 bytes in base64.
  if (!/^[+/0-9A-Za-z]{21}[AQgw]==$/.test(environ['HTTP_SEC_WEBSOCKET_KEY'] ?? ''))
    return { status: 400, line: 'Sec-WebSocket-Key is missing or malformed', headers: [] };
  if (environ['HTTP_SEC_WEBSOCKET_VERSION'] === '13') return null;
  const line = 'This server speaks version 13 of the WebSocket protocol';
  return { status: 426, line, headers: ['Sec-WebSocket-Version', '13'] };
}

/** Whether a comma-separated list of tokens has one, in any case. */
function hasToken(list: string, token: string): boolean {
  return list.split(',').some((one) => one.trim().toLowerCase() === token);
}
