// Replays recorded traffic through the codecs and compares what comes out with what was sent. Uses what every platform has
// and nothing else: it is bundled for browsers. The codecs are given to it, as they are packed.

/**
 * @typedef {import('../../fixtures/src/index.js').Fixture<'uwsgi'>} UwsgiRequest
 * @typedef {import('../../fixtures/src/index.js').Fixture<'fastcgi'>} FastcgiRequests
 * @typedef {import('../../fixtures/src/index.js').Fixture<'uwsgi', 'answer'>} UwsgiAnswer
 * @typedef {import('../../fixtures/src/index.js').Fixture<'fastcgi', 'answer'>} FastcgiAnswers
 *
 * @typedef {typeof import('../../packages/uwsgi/src/index.js')} Uwsgi
 * @typedef {typeof import('../../packages/fastcgi/src/index.js')} Fastcgi
 * @typedef {typeof import('../../packages/fastcgi/src/cgi/index.js')} Cgi
 * @typedef {Pick<Uwsgi & Fastcgi & Cgi, 'UwsgiApplication' | 'FcgiApplication' | 'FcgiWebServer' | 'ResponseHeadDecoder'>} Codecs
 *
 * @typedef {object} Recorded A fixture of any kind.
 * @property {string} name
 * @property {Uint8Array} bytes
 * @property {import('../../fixtures/src/index.js').Reads} reads
 * @property {{ protocol: string, direction: string, expected: unknown }} sidecar
 */

/** Longer ones are cut into pieces of 61 bytes: a byte at a time would be most of the time that all this takes. */
const BYTEWISE = 20_000;

/**
 * Every way in which the bytes of a connection may arrive that is tried.
 * @param {Recorded} fixture
 * @returns {Uint8Array[][]}
 */
function chunkings({ bytes, reads }) {
  const size = bytes.length > BYTEWISE ? 61 : 1;
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.slice(i * size, (i + 1) * size),
  );
  return [[bytes], reads.map(([offset, length]) => bytes.slice(offset, offset + length)), pieces];
}

/**
 * @param {readonly Uint8Array[]} parts
 * @returns {Promise<{ bodyBytes: number, bodySha256: string }>}
 */
async function bodyOf(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
  const bodySha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { bodyBytes: whole.length, bodySha256 };
}

/** @param {readonly (readonly [string, string])[]} pairs */
const flat = (pairs) => pairs.flat();

/**
 * The requests on a connection, by id and in the order in which they began.
 * @param {InstanceType<Codecs['UwsgiApplication']> | InstanceType<Codecs['FcgiApplication']>} application
 * @param {readonly Uint8Array[]} chunks
 */
async function requestsIn(application, chunks) {
  /** @type {{ pairs: readonly string[], contentLength: number | null, requestId: number, parts: Uint8Array[], end: string }[]} */
  const requests = [];
  const take = () => {
    for (let event = application.next(); event !== null; event = application.next()) {
      const { requestId } = event;
      const last = requests.findLast((request) => request.requestId === requestId);
      if (event.kind === 'request') {
        const { pairs, contentLength } = event;
        requests.push({ pairs, contentLength, requestId, parts: [], end: '' });
      } else if (event.kind === 'body') last?.parts.push(event.data.slice());
      else {
        if (last !== undefined) last.end = event.kind === 'abort' ? 'aborted' : 'complete';
        if ('end' in application) application.end(requestId);
      }
    }
  };
  for (const chunk of chunks) {
    application.receive(chunk);
    take();
  }
  application.finish();
  take();
  return Promise.all(requests.map(async ({ parts, ...rest }) => ({ ...rest, ...(await bodyOf(parts)) })));
}

/** @param {Codecs} codecs @param {UwsgiRequest} fixture @param {readonly Uint8Array[]} chunks */
async function uwsgiRequest({ UwsgiApplication }, { sidecar }, chunks) {
  const { modifier1, pairs, contentLength, bodyBytes, bodySha256, end } = sidecar.expected;
  return {
    actual: await requestsIn(new UwsgiApplication({ modifiers: [modifier1] }), chunks),
    expected: [{ pairs: flat(pairs), contentLength, requestId: 0, end, bodyBytes, bodySha256 }],
  };
}

/** @param {Codecs} codecs @param {FastcgiRequests} fixture @param {readonly Uint8Array[]} chunks */
async function fastcgiRequests({ FcgiApplication }, { sidecar }, chunks) {
  const actual = await requestsIn(new FcgiApplication(), chunks);
  return {
    // How requests overlap is up to the chunks.
    actual: sidecar.expected.interleaved ? actual.sort((a, b) => a.requestId - b.requestId) : actual,
    expected: sidecar.expected.requests.map(
      ({ pairs, contentLength, requestId, end, bodyBytes, bodySha256 }) => ({
        ...{ pairs: flat(pairs), contentLength, requestId, end, bodyBytes, bodySha256 },
      }),
    ),
  };
}

/** @param {Codecs} codecs @param {readonly Uint8Array[]} chunks */
async function responseIn({ ResponseHeadDecoder }, chunks) {
  const decoder = new ResponseHeadDecoder();
  /** @type {Uint8Array[]} */
  const parts = [];
  let head = { status: 0, headers: /** @type {readonly string[]} */ ([]) };
  const take = () => {
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.kind === 'head') head = { status: event.status, headers: event.headers };
      else if (event.kind === 'body') parts.push(event.data.slice());
    }
  };
  for (const chunk of chunks) {
    decoder.receive(chunk);
    take();
  }
  decoder.finish();
  take();
  return { ...head, ...(await bodyOf(parts)) };
}

/** @param {{ status: number, headers: readonly import('../../fixtures/src/index.js').TextPair[], bodyBytes: number, bodySha256: string }} answer */
function responseOf({ status, headers, bodyBytes, bodySha256 }) {
  return { status, headers: flat(headers), bodyBytes, bodySha256 };
}

/** @param {Codecs} codecs @param {UwsgiAnswer} fixture @param {readonly Uint8Array[]} chunks */
async function uwsgiAnswer(codecs, { sidecar }, chunks) {
  return { actual: await responseIn(codecs, chunks), expected: responseOf(sidecar.expected) };
}

/** @param {Codecs} codecs @param {FastcgiAnswers} fixture @param {readonly Uint8Array[]} chunks */
async function fastcgiAnswers(codecs, { sidecar }, chunks) {
  const { answers } = sidecar.expected;
  const server = new codecs.FcgiWebServer({ bodyWithoutLength: 'accept' });
  const ask = () => {
    const id = server.begin(1, 1);
    server.params(id, ['REQUEST_METHOD', 'GET']);
    server.stdinEnd(id);
  };
  const outputs = [/** @type {Uint8Array[]} */ ([])];
  ask();
  for (const chunk of chunks) {
    server.receive(chunk);
    for (let event = server.next(); event !== null; event = server.next()) {
      if (event.kind === 'stdout') outputs.at(-1)?.push(event.data.slice());
      if (event.kind !== 'end' || outputs.length === answers.length) continue;
      outputs.push([]);
      ask();
    }
  }
  server.finish();
  return {
    actual: await Promise.all(outputs.map((output) => responseIn(codecs, output))),
    expected: answers.map(responseOf),
  };
}

/**
 * @param {Codecs} codecs
 * @param {Recorded} fixture
 * @param {readonly Uint8Array[]} chunks
 * @returns {Promise<{ actual: unknown, expected: unknown }>}
 */
function play(codecs, fixture, chunks) {
  const { protocol, direction } = fixture.sidecar;
  const any = /** @type {any} */ (fixture);
  if (direction === 'answer')
    return protocol === 'uwsgi' ? uwsgiAnswer(codecs, any, chunks) : fastcgiAnswers(codecs, any, chunks);
  return protocol === 'uwsgi' ? uwsgiRequest(codecs, any, chunks) : fastcgiRequests(codecs, any, chunks);
}

/**
 * @param {Codecs} codecs
 * @param {Recorded} fixture
 * @returns {Promise<string[]>} One line per chunking at which something else came out.
 */
export async function replay(codecs, fixture) {
  /** @type {string[]} */
  const failures = [];
  for (const [index, chunks] of chunkings(fixture).entries()) {
    const how = ['whole', 'as recorded', 'in small pieces'][index];
    try {
      const { actual, expected } = await play(codecs, fixture, chunks);
      const [is, shouldBe] = [JSON.stringify(actual), JSON.stringify(expected)];
      if (is !== shouldBe) failures.push(`${fixture.name}, ${how}: ${is}, not ${shouldBe}`);
    } catch (error) {
      failures.push(`${fixture.name}, ${how}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failures;
}
