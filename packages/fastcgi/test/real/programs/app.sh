#!/bin/sh
# What the tests ask of every application: `do` in the query says what.
head='Content-Type: text/plain\n'
case $QUERY_STRING in
  do=echo)
    # All of it first: fcgiwrap reads nothing before it has written the whole body.
    body=$(mktemp ./bodyXXXXXX)
    head -c "$CONTENT_LENGTH" >"$body"
    printf 'Content-Type: application/octet-stream\n\n'
    cat "$body"
    rm "$body"
    ;;
  do=big*)
    printf "$head\n"
    head -c "${QUERY_STRING##*=}" /dev/zero | tr '\0' x
    ;;
  do=stderr)
    echo 'said on stderr' >&2
    printf "$head\ndone\n"
    ;;
  do=missing)
    printf "Status: 404 Not Found\n$head\nnot here\n"
    ;;
  *)
    printf "X-Seen: yes\n$head\n"
    printf '%s %s %s\n' "$REQUEST_METHOD" "$REQUEST_URI" "$HTTP_X_NAME"
    ;;
esac
