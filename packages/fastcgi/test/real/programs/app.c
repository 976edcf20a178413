/* What the tests ask of every application: `do` in the query says what. */
#include <fcgiapp.h>
#include <stdlib.h>
#include <string.h>

static const char *text(FCGX_Request *r, const char *name) {
  const char *value = FCGX_GetParam(name, r->envp);
  return value == NULL ? "" : value;
}

static void handle(FCGX_Request *r) {
  static char buffer[65536];
  const char *query = text(r, "QUERY_STRING");
  int n;
  if (strcmp(query, "do=echo") == 0) {
    FCGX_FPrintF(r->out, "Content-Type: application/octet-stream\r\n\r\n");
    while ((n = FCGX_GetStr(buffer, sizeof buffer, r->in)) > 0) FCGX_PutStr(buffer, n, r->out);
  } else if (strncmp(query, "do=big&n=", 9) == 0) {
    FCGX_FPrintF(r->out, "Content-Type: text/plain\r\n\r\n");
    for (n = atoi(query + 9); n > 0; n--) FCGX_PutChar('x', r->out);
  } else if (strcmp(query, "do=stderr") == 0) {
    FCGX_FPrintF(r->err, "said on stderr\n");
    FCGX_FPrintF(r->out, "Content-Type: text/plain\r\n\r\ndone\n");
  } else if (strcmp(query, "do=missing") == 0) {
    FCGX_FPrintF(r->out, "Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nnot here\n");
    FCGX_SetExitStatus(7, r->out);
  } else {
    FCGX_FPrintF(r->out, "Content-Type: text/plain\r\nX-Seen: yes\r\n\r\n");
    FCGX_FPrintF(r->out, "%s %s %s\n", text(r, "REQUEST_METHOD"), text(r, "REQUEST_URI"), text(r, "HTTP_X_NAME"));
  }
}

int main(int argc, char **argv) {
  FCGX_Request request;
  if (argc != 2 || FCGX_Init() != 0) return 1;
  if (FCGX_InitRequest(&request, FCGX_OpenSocket(argv[1], 16), 0) != 0) return 1;
  while (FCGX_Accept_r(&request) == 0) {
    handle(&request);
    FCGX_Finish_r(&request);
  }
  return 0;
}
