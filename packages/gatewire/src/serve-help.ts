/** What follows the flags in `gatewire serve --help`: how the pieces fit together. */
export const SERVE_HELP = `
MODULE is a file (".js" may be left out) or a package; EXPORT is "default", else "app", when it is not given. A plain
function is a WSGI application; other kinds are known by their form or by --interface:

  export const app = (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [new TextEncoder().encode('hello\\n')];
  };

  export default { fetch: (request) => new Response('hello\\n') };
  export default defineApp({ async http(scope, receive, send) { ... } });     ASGI, with @gatewire/interfaces
  export default (req, res) => res.end('hello\\n');                           --interface node

<address> is host:port, :port (on 127.0.0.1), [ipv6]:port, unix:/path or fd:N (an inherited socket).
Port 0 picks a free one. Without --uwsgi, --fastcgi and --http it is --uwsgi 127.0.0.1:3031.

Examples, with what nginx needs for each:

  gatewire serve app.js
      location / { include uwsgi_params; uwsgi_pass 127.0.0.1:3031; }

  gatewire serve app.js:handler --uwsgi unix:/run/app.sock --max-body 100m
      location / { include uwsgi_params; uwsgi_pass unix:/run/app.sock; client_max_body_size 100m; }

  gatewire serve app.js --fastcgi 127.0.0.1:9000
      location / { include fastcgi_params; fastcgi_pass 127.0.0.1:9000; }
    and for connections that stay open from one request to the next:
      upstream app { server 127.0.0.1:9000; keepalive 8; }
      location / { include fastcgi_params; fastcgi_pass app; fastcgi_keep_conn on; }

  gatewire serve app.js --workers 4 --max-requests 100000 --access-log /var/log/app.log --log-format json
      the same as the first

  gatewire serve app.js --uwsgi 10.0.0.2:3031 --subscribe 10.0.0.1:3401:example.com
      location / { include uwsgi_params; uwsgi_pass 10.0.0.1:3030; }
    where 10.0.0.1 is a uWSGI fastrouter

  gatewire serve gatewire/demo-app --http :8000 --log-level debug
      nothing: open http://127.0.0.1:8000/

Flags may also come from the environment (--max-body is GATEWIRE_MAX_BODY, MODULE is GATEWIRE_APP, and WEB_CONCURRENCY is
--workers too), then from a configuration file, where --max-body is "maxBody" and MODULE is "app":

  export default { app: 'app.js', uwsgi: ['unix:/run/app.sock', ':3031'], maxBody: '100m' };

"listening on uwsgi 127.0.0.1:3031" appears on stderr for each address once all of them are ready.

Signals:
  TERM, INT   stop after the requests in flight; a second INT (Ctrl-C) stops at once
  HUP         with workers: load the application again, no request is lost; else as TERM
  TTIN, TTOU  one worker more, one fewer
  USR1        open the access log again, after it was moved away

Exit codes: 0 stopped, 2 wrong usage, 3 not started (no application, address taken), 130 cut by a second Ctrl-C.
`;

/** What follows the commands in `gatewire --help`. */
export const MAIN_HELP = `
Try it, with nothing else installed:

  gatewire serve gatewire/demo-app --http :8000

and "gatewire help serve" for the flags and the lines that nginx needs.
`;
