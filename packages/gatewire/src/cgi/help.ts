/** What follows the flags in `gatewire cgi --help`. */
export const CGI_HELP = `
The web server starts a program for each request: this one, by a script that it may execute. MODULE[:EXPORT] is as for
gatewire serve, relative to the directory the web server starts scripts in: write the whole path. A script, app.cgi:

  #!/bin/sh
  exec /srv/app/node_modules/.bin/gatewire cgi /srv/app/app.js --max-body 10m

Make it executable (chmod 755). Do not pass its arguments on ("$@"): the web server makes them of the query. A web server
that gives its programs no PATH needs it in the script, for node: PATH=/usr/local/bin:/usr/bin; export PATH

Examples, with what the web server needs for each:

  Apache, with mod_cgid or mod_cgi
      ScriptAlias "/shop" "/srv/app/app.cgi"
      <Directory "/srv/app">
        Require all granted
      </Directory>

  lighttpd, with mod_cgi and mod_alias
      $HTTP["url"] =~ "^/shop(/|$)" {
        alias.url = ( "/shop" => "/srv/app/app.cgi" )
        cgi.assign = ( "app.cgi" => "" )
      }

  nginx, with fcgiwrap
      location /shop {
        include fastcgi_params;
        fastcgi_split_path_info ^(/shop)(.*)$;
        fastcgi_param PATH_INFO $fastcgi_path_info;
        fastcgi_param SCRIPT_FILENAME /srv/app/app.cgi;
        fastcgi_pass unix:/run/fcgiwrap.socket;
      }

  By hand: the environment is the request, stdin its body
      REQUEST_METHOD=GET SCRIPT_NAME=/shop PATH_INFO=/item gatewire cgi app.js
      REQUEST_METHOD=POST CONTENT_LENGTH=8 gatewire cgi app.js < form.txt

Each request starts Node and loads the application, which takes a while: "gatewire serve" answers many from one process.
The log goes to stderr, which is the web server's error log; so does what the application writes to stdout or by
console.log, because stdout is the response. Flags stand in the script: no configuration file and no GATEWIRE_ variable is
read.

Exit codes: 0 answered, 1 the response is not complete, 2 wrong usage, or no request in the environment, 3 the application
could not be loaded or started (answered with 500).
`;
