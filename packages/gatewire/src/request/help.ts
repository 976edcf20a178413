import { exitCodeLines } from './failure.js';
import { SPOOL_MEMORY } from './spool.js';

/** What follows the flags in `gatewire request --help`. */
export const REQUEST_HELP: string = `
URL is uwsgi://host:port/path?query, fastcgi://host:port/path?query or http://host:port/path?query; without a port
3031, 9000 or 80. The variables are those that nginx sends with its uwsgi_params and fastcgi_params, then the headers.
The body of the response goes to stdout, byte for byte, and nothing else does; redirects are not followed.

Examples:

  gatewire request uwsgi://127.0.0.1:3031/shop?item=7
      what nginx sends with uwsgi_pass; -i shows the head of the response, -v every byte in both directions

  gatewire request uwsgi://127.0.0.1:3031/form -d name=Ada -d lang=en -H 'Cookie: id=1'
      a form; -d @file and -d @- send a file and stdin. stdin that is no file is read to its end first, because
      its size goes ahead: more than ${SPOOL_MEMORY / 1_048_576} MiB wait in a temporary file

  gatewire request fastcgi://localhost/info.php --unix-socket /run/php/php8.2-fpm.sock --document-root /var/www/html
      php-fpm runs /var/www/html/info.php; --script /srv/app/index.php runs that file for every path

  gatewire request uwsgi://127.0.0.1:3031/ --param HTTPS=on --param REMOTE_USER=ada --param SERVER_NAME
      variables by hand: two are set, the last one is left out

  gatewire request uwsgi://127.0.0.1:3031 --ping --timeout 2
      a health check: exit code 0 when the server answers. http:// asks for the path of the URL with HEAD

  gatewire request http://127.0.0.1:8000/ -f -o page.html
      for scripts: exit code 22 instead of an error page

Exit codes, the numbers that curl has for the same:

${exitCodeLines()}
`;
